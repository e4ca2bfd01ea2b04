import type { Entry, QueueStorage } from './queue'

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

/** Keeps what a page shows for when there is no network. Confidential text must not be stored: whoever has the phone can read it. */
export function keep(name: string, data: unknown, now: number = Date.now()): void {
  try {
    forgetOldest(name, now)
    uni.setStorageSync(PREFIX + name, { at: now, data } satisfies Kept<unknown>)
  } catch {
    // The storage is full: the page works without.
  }
}

/** Deletes what was kept of a page. */
export function forget(name: string): void {
  uni.removeStorageSync(PREFIX + name)
}

/** What was kept of a page, or null. */
export function kept<T>(name: string, now: number = Date.now()): Kept<T> | null {
  const found = uni.getStorageSync(PREFIX + name) as Kept<T> | ''
  return found && now - found.at < KEPT_FOR_MS ? found : null
}

/** Where each queue of unsent items is stored. */
const QUEUES = { reports: 'xinyu.reports', checkIns: 'xinyu.checkins', cries: 'xinyu.cries', rollCalls: 'xinyu.rollcalls' }

/** The phone's storage for a queue. Where something else is stored than a list, it is empty. */
export function queueStorage<T>(queue: keyof typeof QUEUES): QueueStorage<T> {
  return {
    read() {
      const stored: unknown = uni.getStorageSync(QUEUES[queue])
      return Array.isArray(stored) ? (stored as Entry<T>[]) : []
    },
    write: (entries) => uni.setStorageSync(QUEUES[queue], entries),
    account: currentAccount,
  }
}

/** Where the child is stored that the person chose. */
export const CHILD = 'xinyu.child'
/** Where the account is stored to which everything else belongs. */
const ACCOUNT = 'xinyu.holder'

/** Deletes all that is stored for the person who was logged in, at logout. */
export function forgetPerson(): void {
  for (const key of [...keys(), CHILD, ...Object.values(QUEUES)]) uni.removeStorageSync(key)
}

/** The account that the phone was logged in as last; empty where nobody ever logged in. */
export function currentAccount(): string {
  return uni.getStorageSync(ACCOUNT) as string
}

/** Stores who logged in. What is stored for somebody else is deleted: a login can also expire, or be ended from another phone. */
export function setCurrentAccount(accountId: string): void {
  const last = currentAccount()
  if (last && last !== accountId) forgetPerson()
  if (last !== accountId) uni.setStorageSync(ACCOUNT, accountId)
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
