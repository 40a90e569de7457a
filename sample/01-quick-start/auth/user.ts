/** The maintenance module reads `id` and `isSuperuser`. */
export interface User {
  readonly id: string;
  readonly isSuperuser: boolean;
}
