/** What a command says about the real world, as plain data that goes to the children. */
export interface InfraOptions {
  readonly provider: 'local' | 'containers' | 'external';
  /** `external`: URL by the server's name in the scenario. */
  readonly urls: Readonly<Record<string, string>>;
  /** `external`: a Redis that is not empty may be written to. */
  readonly mayTouchData: boolean;
  /** `containers`: image by type of server. */
  readonly images: { readonly redis?: string; readonly postgres?: string };
  /** A Toxiproxy that runs already; absent: the embedded one. */
  readonly toxiproxyUrl?: string;
}
