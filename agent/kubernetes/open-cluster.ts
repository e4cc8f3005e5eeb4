import * as z from "zod";
import { ApiAccess } from "./api-access";
import { ApiClient } from "./api-client";

/** A cluster that the agent can speak to. */
export type OpenCluster = {
  client: ApiClient;
  /** UID of the namespace `kube-system`: what the cluster is known by. */
  uid: string;
  /** What it is called where nobody gave it a name. */
  name: string;
  close(): void;
};

const Namespace = z.object({ metadata: z.object({ uid: z.string().min(1).max(100) }) });
const ANSWER_MS = 30_000;

/**
 * Opens a cluster and finds out which one it is.
 * @param kubeconfig a path; null: the service account of the pod
 * @throws AccessError, ApiError, or the error of the connection
 */
export async function openCluster(kubeconfig: string | null): Promise<OpenCluster> {
  const access = await ApiAccess.open(kubeconfig);
  const client = new ApiClient(access);
  try {
    const path = "/api/v1/namespaces/kube-system";
    const { body } = await client.document({ path, silenceMs: ANSWER_MS, signal: AbortSignal.timeout(ANSWER_MS) });
    const { uid } = Namespace.parse(body).metadata;
    return { client, uid, name: `cluster-${uid.slice(0, 8)}`, close: () => access.close() };
  } catch (error) {
    access.close();
    throw error;
  }
}
