/** A connection as the engine sees it. Over HTTP there is no session state: frames have to stand alone. */
export interface Connection {
  readonly isStateless: boolean;
  sendText(text: string): void;
  sendBytes(bytes: Uint8Array): void;
  close(): void;
}
