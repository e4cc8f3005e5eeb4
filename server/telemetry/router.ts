import { z } from "zod";
import { procedureFor, router } from "@/server/trpc";
import { GroupSeries, GroupsInput, readGroups } from "./groups-read";
import { getSiteLink, listSiteLinks } from "./link";
import { LinkSettingsInput, SiteLinkSettings, updateLinkSettings } from "./link-settings";
import { LinksInput, SiteLink, SiteLinkInput, SiteLinks } from "./link-shapes";
import { countQuarantined, discardQuarantined, listQuarantined, Quarantine, replayQuarantined } from "./quarantine";
import { ChartInput, ChartSeries, getChart } from "./queries";
import { getStorage, Storage, StorageSettings, updateStorage } from "./storage";
import { TopInput, TopMachines, topMachines } from "./top";

const QuarantinedId = z.object({ id: z.number().int().positive() });

export const telemetryRouter = router({
  chart: procedureFor("telemetry:read")
    .input(ChartInput)
    .output(ChartSeries)
    .query(({ ctx, input }) => getChart(ctx.caller, input)),
  groups: procedureFor("telemetry:read")
    .input(GroupsInput)
    .output(GroupSeries)
    .query(({ ctx, input }) => readGroups(ctx.caller, input)),
  top: procedureFor("telemetry:read")
    .input(TopInput)
    .output(TopMachines)
    .query(({ ctx, input }) => topMachines(ctx.caller, input)),
  storage: router({
    get: procedureFor("access:read")
      .output(Storage)
      .query(({ ctx }) => getStorage(ctx.caller)),
    update: procedureFor("access:manage")
      .input(StorageSettings)
      .output(StorageSettings)
      .mutation(({ ctx, input }) => updateStorage(ctx.caller, input)),
  }),
  quarantine: router({
    list: procedureFor("agents:read")
      .output(Quarantine)
      .query(({ ctx }) => listQuarantined(ctx.caller)),
    count: procedureFor("agents:read")
      .output(z.number().int())
      .query(({ ctx }) => countQuarantined(ctx.caller)),
    replay: procedureFor("agents:approve")
      .input(QuarantinedId)
      .output(z.void())
      .mutation(({ ctx, input }) => replayQuarantined(ctx.caller, input.id)),
    discard: procedureFor("agents:revoke")
      .input(QuarantinedId)
      .output(z.void())
      .mutation(({ ctx, input }) => discardQuarantined(ctx.caller, input.id)),
  }),
  links: router({
    list: procedureFor("telemetry:read")
      .input(LinksInput)
      .output(SiteLinks)
      .query(({ ctx, input }) => listSiteLinks(ctx.caller, input)),
    get: procedureFor("telemetry:read")
      .input(SiteLinkInput)
      .output(SiteLink)
      .query(({ ctx, input }) => getSiteLink(ctx.caller, input)),
    update: procedureFor("fleet:update")
      .input(LinkSettingsInput)
      .output(SiteLinkSettings)
      .mutation(({ ctx, input }) => updateLinkSettings(ctx.caller, input)),
  }),
});
