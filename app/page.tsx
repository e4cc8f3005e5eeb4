import { redirect } from "next/navigation";

/** The console begins with the overview. */
export default function RootPage() {
  redirect("/fleet");
}
