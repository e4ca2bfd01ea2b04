/** What a page showed last, and when. */
export interface Kept<T> {
  at: number
  data: T
}

const PREFIX = 'xinyu.kept.'
/** Older than this it would mislead more than help. */
const KEPT_FOR_MS = 7 * 24 * 60 * 60 * 1000
/** How many pages are kept; phones give little room. */
const MOST = 30

/** Keeps what a page shows for when there is no network. Confidential words must not be given here: a phone's storage is open to who holds it. */
export function keep(name: string, data: unknown, now: number = Date.now()): void {
  try {
    forgetOldest(name, now)
    uni.setStorageSync(PREFIX + name, { at: now, data } satisfies Kept<unknown>)
  } catch {
    // The storage is full: the page works without.
  }
}

/** What was kept of a page, or null. */
export function kept<T>(name: string, now: number = Date.now()): Kept<T> | null {
  const found = uni.getStorageSync(PREFIX + name) as Kept<T> | ''
  return found && now - found.at < KEPT_FOR_MS ? found : null
}

/** A list that waits in the phone's storage; anything else that lies there is nothing. */
export function listIn<T>(key: string): T[] {
  const found: unknown = uni.getStorageSync(key)
  return Array.isArray(found) ? (found as T[]) : []
}

/** What else a phone keeps for one person: the child chosen, and what waits to be sent in that person's name. */
const OWN = ['xinyu.child', 'xinyu.reports', 'xinyu.checkins', 'xinyu.rollcalls']
/** Whose the rest is. */
const HOLDER = 'xinyu.holder'

/** Forgets all that was kept for whoever was logged in, when they log out. */
export function forgetKept(): void {
  for (const key of [...keys(), ...OWN]) uni.removeStorageSync(key)
}

/** Whose the phone's login was last; empty where nobody ever logged in. */
export function holder(): string {
  return uni.getStorageSync(HOLDER) as string
}

/** Says who logged in. What was kept for somebody else is forgotten: a login also ends by itself, or from another phone, without a word to this one. */
export function holdFor(accountId: string): void {
  const last = holder()
  if (last && last !== accountId) forgetKept()
  if (last !== accountId) uni.setStorageSync(HOLDER, accountId)
}

function forgetOldest(name: string, now: number): void {
  const others = keys()
    .filter((key) => key !== PREFIX + name)
    .map((key) => ({ key, at: (uni.getStorageSync(key) as Kept<unknown>).at ?? 0 }))
    .sort((a, b) => b.at - a.at)
  others.forEach(({ key, at }, i) => {
    if (i >= MOST - 1 || now - at >= KEPT_FOR_MS) uni.removeStorageSync(key)
  })
}

function keys(): string[] {
  return uni.getStorageInfoSync().keys.filter((key) => key.startsWith(PREFIX))
}
