import type { Entry, QueueStorage } from '@/lib/queue'

/** A queue's storage that gives back copies, as a phone's does; the account can be changed. */
export function storage<T>() {
  let stored = '[]'
  let account = '1'
  return {
    read: () => JSON.parse(stored) as Entry<T>[],
    write: (entries: Entry<T>[]) => void (stored = JSON.stringify(entries)),
    account: () => account,
    logIn: (id: string) => (account = id),
    /** Stores what is no entry. */
    spoil: (text: string) => (stored = text),
  } satisfies QueueStorage<T> & Record<string, unknown>
}
