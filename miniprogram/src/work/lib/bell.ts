import { platform } from '@/platform'
import type { Schema } from '@/api/types'

/** What the bell needs to know of an alert. */
type Waiting = Pick<Schema<'SupportAlert'>, 'id' | 'status' | 'dueAt'>

/** Tells what waits anew: the first list is known, after that each alert counts once for every time that it is raised. */
export class Bell {
  private known: Set<string> | null = null

  /** Whether the list has an alert that waits and was not there before. Managers' alerts have no id and do not count. */
  hears(alerts: Waiting[]): boolean {
    const waiting = alerts.filter((a) => a.id && a.status === 'raised').map((a) => `${a.id} ${a.dueAt}`)
    const known = this.known
    this.known = new Set([...(known ?? []), ...waiting])
    return known !== null && waiting.some((key) => !known.has(key))
  }
}

const bell = new Bell()

/** Rings and shakes where something new waits. All pages of the staff share the bell, so that each alert rings once. */
export function ringForNew(alerts: Waiting[]): void {
  if (bell.hears(alerts)) ring()
}

/** Rings and shakes; returns whether it could be heard, as far as the phone says. */
export function ring(): boolean {
  uni.vibrateLong({ fail: () => {} })
  return platform.ring()
}
