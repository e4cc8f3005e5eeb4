/** Of the official client only this: a bundle that takes the package whole has 14 MB of classes that nobody calls. */
export { KubeConfig } from "@kubernetes/client-node";
