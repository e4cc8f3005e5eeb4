import type { ReactNode } from "react";
import { AccountMenu } from "@/components/access/account-menu";
import { SearchButton } from "@/components/search/search-button";
import { SearchHost } from "@/components/search/search-host";
import { SearchProvider } from "@/components/search/search-provider";
import { ConsoleShell } from "@/components/shell/console-shell";
import { ApiProvider } from "@/components/shell/trpc-provider";
import { getAccount } from "@/server/access/queries";
import { requireCaller } from "@/server/rsc";
import { signOutHere } from "./sign-out";

/** Around every page of the console. It looks nice only for who is signed in; the data itself is guarded where it is read. */
export default async function ConsoleLayout({ children }: { children: ReactNode }) {
  const account = await getAccount(await requireCaller());
  return (
    <ApiProvider>
      <SearchProvider owner={`${account.organisation} ${account.email}`}>
        <ConsoleShell
          organisation={account.organisation}
          permissions={account.permissions}
          account={<AccountMenu account={account} onSignOut={signOutHere} />}
          search={<SearchButton place="top" />}
          searchBelow={<SearchButton place="bottom" />}
        >
          {children}
          <SearchHost />
        </ConsoleShell>
      </SearchProvider>
    </ApiProvider>
  );
}
