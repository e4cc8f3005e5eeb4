import "server-only";
import { headers } from "next/headers";
import NextAuth, { CredentialsSignin, type NextAuthConfig } from "next-auth";
import type {} from "next-auth/jwt";
import Credentials from "next-auth/providers/credentials";
import { z } from "zod";
import { getConsoleConfig } from "@/server/config";
import { consoleDatabase } from "@/server/database";
import { DomainError } from "@/server/errors";
import { log } from "@/server/log";
import { createSession, SESSION_DAYS_MAX } from "./sessions";
import { signInWithOidc, signInWithPassword } from "./sign-in";

declare module "next-auth" {
  interface Session {
    sessionId?: string;
  }
}
declare module "next-auth/jwt" {
  interface JWT {
    sid?: string;
  }
}

const PasswordForm = z.object({ email: z.string().max(320), password: z.string().max(1000) });

/** Carries the reason to the form; the library shows nothing else of a failed sign-in. */
class RefusedSignIn extends CredentialsSignin {
  override code: string;
  constructor(error: DomainError) {
    super(error.reason);
    this.code = error.reason === "sign_in_limited" ? `limited-${error.values.seconds}` : "refused";
  }
}

function providers(): NextAuthConfig["providers"] {
  const config = getConsoleConfig();
  const password = Credentials({
    id: "password",
    credentials: { email: {}, password: {} },
    async authorize(input) {
      const form = PasswordForm.safeParse(input);
      if (!form.success) return null;
      try {
        const person = await signInWithPassword(consoleDatabase(), form.data.email, form.data.password);
        return { id: person.id, email: person.email, name: person.name };
      } catch (error) {
        if (error instanceof DomainError) throw new RefusedSignIn(error);
        throw error;
      }
    },
  });
  if (!config.OIDC_ISSUER) return [password];
  return [
    password,
    {
      id: "oidc",
      name: config.OIDC_NAME,
      type: "oidc",
      issuer: config.OIDC_ISSUER,
      clientId: config.OIDC_CLIENT_ID,
      clientSecret: config.OIDC_CLIENT_SECRET,
    },
  ];
}

/**
 * Sign-in by next-auth. Its cookie (signed and encrypted) holds nothing but the id of a row in `user_sessions`; who the
 * person is and may do is looked up from there at every request (`findCaller`).
 */
export const { handlers, auth, signIn, signOut } = NextAuth(() => ({
  secret: getConsoleConfig().AUTH_SECRET,
  trustHost: true,
  session: { strategy: "jwt", maxAge: SESSION_DAYS_MAX * 86_400 },
  pages: { signIn: "/sign-in", error: "/sign-in" },
  providers: providers(),
  callbacks: {
    async signIn({ user, account, profile }) {
      if (account?.provider !== "oidc") return true;
      try {
        const person = await signInWithOidc(consoleDatabase(), {
          issuer: getConsoleConfig().OIDC_ISSUER ?? "",
          subject: account.providerAccountId,
          email: profile?.email ?? null,
          isEmailVerified: profile?.email_verified === true,
        });
        user.id = person.id;
        user.email = person.email;
        return true;
      } catch (error) {
        if (error instanceof DomainError) return `/sign-in?error=${error.reason}`;
        throw error;
      }
    },
    async jwt({ token, user, account }) {
      if (!user?.id || !user.email) return token;
      const userAgent = (await headers()).get("user-agent");
      const method = account?.provider === "oidc" ? "oidc" : "password";
      const sid = await createSession(consoleDatabase(), { id: user.id, email: user.email }, method, userAgent);
      return sid ? { sid } : {};
    },
    session: ({ session, token }) => ({ expires: session.expires, sessionId: token.sid }),
  },
  logger: {
    error(error) {
      // A refused sign-in is an everyday event, and it is in the audit log already.
      if (error instanceof CredentialsSignin) return;
      log.error({ err: error }, "sign-in failed");
    },
  },
}));
