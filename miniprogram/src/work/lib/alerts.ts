import type { Schema } from '@/api/types'
import { clock } from '@/lib/time'

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

/** What a step of the escalation did, or when it goes on: 23:05 已通知 王老师（示例小学 第一班）. */
export function stepWords(step: Schema<'SupportStep'>, alert: Pick<Schema<'SupportAlert'>, 'acknowledgedAt'>): string {
  const at = clock(step.at)
  if (!step.outcome) return alert.acknowledgedAt ? '' : `没有人接手，${at} 通知下一位`
  switch (step.outcome) {
    case 'told': {
      const whose = step.layer ? `${step.unitName ?? ''}第 ${step.layer} 班` : '所有值班人员'
      const names = (step.to ?? []).filter(Boolean)
      return `${at} 已通知 ${names.length > 0 ? `${names.join('、')}（${whose}）` : whose}`
    }
    case 'joined':
      return `${at} 值班人员刚收到过同类通知`
    case 'nobody':
      return `${at} 没有人值班，通知不到人`
    case 'breached':
      return `${at} 到了时限，没有人接手`
    default:
      return ''
  }
}
