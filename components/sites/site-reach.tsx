"use client";

import { BookOpen, Mail, Navigation, Phone } from "lucide-react";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { contactHref, contactParts } from "./contact-parts";
import type { Site } from "./site-page";

function Reach({
  href,
  icon,
  label,
  isOutside,
}: {
  href: string;
  icon: ReactNode;
  label: string;
  isOutside?: boolean;
}) {
  return (
    <Button
      asChild
      className="max-md:h-12 max-md:min-w-0 max-md:flex-1 max-md:flex-col max-md:gap-0.5 max-md:px-1 max-md:text-caption"
    >
      <a href={href} {...(isOutside ? { target: "_blank", rel: "noreferrer" } : {})}>
        {icon}
        {label}
      </a>
    </Button>
  );
}

/** The ways to people and papers of a site; on a phone within reach of the thumb, above the navigation. */
export function SiteReach({ site }: { site: Site }) {
  const t = useTranslations("sites.site");
  const parts = contactParts(site.contact ?? "");
  const phone = parts.find(({ kind }) => kind === "phone");
  const mail = parts.find(({ kind }) => kind === "mail");
  if (!phone && !mail && site.runbookUrl === null && site.latitude === null) return null;
  return (
    <div className="mb-6 flex flex-wrap gap-2 max-md:fixed max-md:inset-x-0 max-md:bottom-[calc(3.5rem+env(safe-area-inset-bottom))] max-md:z-20 max-md:mb-0 max-md:flex-nowrap max-md:border-line max-md:border-t max-md:bg-surface max-md:p-2">
      {phone ? <Reach href={contactHref(phone)} icon={<Phone aria-hidden />} label={t("call")} /> : null}
      {mail ? <Reach href={contactHref(mail)} icon={<Mail aria-hidden />} label={t("mail")} /> : null}
      {site.runbookUrl === null ? null : (
        <Reach href={site.runbookUrl} icon={<BookOpen aria-hidden />} label={t("runbook")} isOutside />
      )}
      {site.latitude === null || site.longitude === null ? null : (
        <Reach
          href={`geo:${site.latitude},${site.longitude}?q=${site.latitude},${site.longitude}`}
          icon={<Navigation aria-hidden />}
          label={t("route")}
        />
      )}
    </div>
  );
}
