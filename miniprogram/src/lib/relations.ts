/** What somebody can be to a child, as families say it. */
export const RELATIONS = [
  { value: 'mother', name: '妈妈' },
  { value: 'father', name: '爸爸' },
  { value: 'grandparent', name: '爷爷奶奶、外公外婆' },
  { value: 'other', name: '其他监护人' },
] as const

/** The word for a relation. */
export const relationWords = (relation: string) => RELATIONS.find((r) => r.value === relation)?.name ?? '监护人'
