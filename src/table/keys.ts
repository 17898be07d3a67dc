/** The names of a table's keys, by its description or the request that makes it. */
export function keyNames({ KeySchema: keys }: { readonly KeySchema?: readonly KeyElement[] | undefined }): {
  readonly hash: string | undefined
  readonly range: string | undefined
} {
  const nameOf = (type: string): string | undefined => keys?.find(({ KeyType }) => KeyType === type)?.AttributeName
  return { hash: nameOf('HASH'), range: nameOf('RANGE') }
}

interface KeyElement {
  readonly AttributeName: string | undefined
  readonly KeyType: string | undefined
}
