import type { Schema } from '@/api/types'

/** What the list needs to know of an alert. */
export type Dated = Pick<Schema<'SupportAlert'>, 'dueAt' | 'raisedAt' | 'acknowledgedAt'> & { known?: boolean }

/** Those that nobody has taken on first, the one that is due soonest on top and those of unknown accounts below; then the others, the newest first. */
export function inOrder<T extends Dated>(alerts: T[]): T[] {
  return [...alerts].sort((a, b) => {
    if (!a.acknowledgedAt !== !b.acknowledgedAt) return a.acknowledgedAt ? 1 : -1
    if (!a.acknowledgedAt && (a.known === false) !== (b.known === false)) return a.known === false ? 1 : -1
    return a.acknowledgedAt ? Date.parse(b.raisedAt) - Date.parse(a.raisedAt) : Date.parse(a.dueAt) - Date.parse(b.dueAt)
  })
}

/** Whether nobody took it on in time. */
export function isOverdue(a: Dated, now: number): boolean {
  return !a.acknowledgedAt && Date.parse(a.dueAt) <= now
}

/** Whether the person may have it wait again: who took it on, or who is on duty for a unit above its own. */
export function canReopen(a: Pick<Schema<'SupportAlert'>, 'id' | 'unitId' | 'acknowledgedAt' | 'acknowledgedBy'>, me: { id: string; roles: { role: string; unitId: string }[] }): boolean {
  // Who sees its id is on duty at its unit or above.
  return !!a.id && !!a.acknowledgedAt && (a.acknowledgedBy === me.id || me.roles.some((r) => r.role === 'duty' && r.unitId !== a.unitId))
}

/** How long ago, in words: 已超时 12 分钟. */
export function overdueWords(dueAt: string, now: number): string {
  const minutes = Math.max(1, Math.floor((now - Date.parse(dueAt)) / 60_000))
  if (minutes < 60) return `已超时 ${minutes} 分钟`
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? `已超时 ${hours} 小时` : `已超时 ${Math.floor(hours / 24)} 天`
}

/** After so long without a response the list must not be trusted any more. */
export const STALE_AFTER_MS = 60_000
