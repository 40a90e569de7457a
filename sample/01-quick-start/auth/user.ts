/** `id` and `isSuperuser` are what the maintenance module looks at. */
export interface User {
  readonly id: string;
  readonly isSuperuser: boolean;
}
