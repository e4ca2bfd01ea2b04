import type { Schema } from '@/api/types'
import { addDays, clock, dayOf, startOfDay } from '@/lib/time'

type Alert = Schema<'SupportAlert'>
type Sheet = Schema<'SupportSheet'>
type Entry = Schema<'SupportEntry'>

/** A level is a deadline, and nothing else. */
export const LEVELS: Record<Alert['level'], string> = { immediate: '立即', urgent: '紧急', watch: '关注' }

/** Where an alert stands, in the order of the list's tabs. */
export const STATUSES: { value: Alert['status']; name: string; none: string }[] = [
  { value: 'raised', name: '等接手', none: '现在没有要接手的预警' },
  { value: 'acknowledged', name: '处理中', none: '没有正在处理的预警' },
  { value: 'in_review', name: '待复核', none: '没有等复核的预警' },
  { value: 'closed', name: '已办结', none: '没有办结的预警' },
]

/** What was said or done, from where the alert comes. */
export function causeWords(a: Pick<Alert, 'sourceKind' | 'level'>): string {
  switch (a.sourceKind) {
    case 'booking':
      return '安全问题答了“有”：说有伤害自己的念头'
    case 'talk':
      return '在求助页上说，想找人说说'
    case 'staff':
      return '由老师、咨询师或值班人员发起'
    case 'drill':
      return '演练，没有人处在危险中'
    default:
      return ''
  }
}

/** Whom an alert is about. */
export function personWords(a: Pick<Alert, 'id' | 'pupilId' | 'pupilName' | 'mark' | 'drill'>): string {
  if (a.drill) return '演练'
  return (a.pupilName && `${a.pupilName}${a.mark ? `（${a.mark}）` : ''}`) || (a.pupilId ? '一名学生' : a.id ? '一位成年人' : '有人')
}

export const COMPANIES: { value: NonNullable<Entry['withPerson']>; name: string }[] = [
  { value: 'family', name: '家人' },
  { value: 'teacher', name: '老师' },
  { value: 'counsellor', name: '咨询师' },
  { value: 'friend', name: '同学或朋友' },
  { value: 'other', name: '别的人' },
  { value: 'alone', name: '没有人，独自一人' },
  { value: 'unknown', name: '还不知道' },
]
export const CONTACTS: { value: NonNullable<Entry['whom']>; name: string }[] = [
  { value: 'pupil', name: '当事人' },
  { value: 'guardian', name: '家长' },
  { value: 'teacher', name: '班主任或老师' },
  { value: 'counsellor', name: '咨询师' },
  { value: 'hospital', name: '医院、120' },
  { value: 'police', name: '公安、110' },
  { value: 'other', name: '别的人' },
]
export const DECISIONS: { value: NonNullable<Entry['decision']>; name: string }[] = [
  { value: 'refer', name: '转介到医院或专业机构' },
  { value: 'no_referral', name: '不转介' },
  { value: 'plan_now', name: '已定安全计划' },
  { value: 'plan_later', name: '安全计划以后定' },
]
export const RECIPIENTS: { value: NonNullable<Entry['recipient']>; name: string }[] = [
  { value: 'police', name: '公安机关' },
  { value: 'prosecutor', name: '检察院' },
  { value: 'civil_affairs', name: '民政部门' },
  { value: 'education', name: '教育主管部门' },
]

const nameOf = <V extends string>(list: { value: V; name: string }[], value?: V) => list.find((x) => x.value === value)?.name ?? ''

/** What an entry tells, without its text. */
export function entryWords(e: Entry): string {
  switch (e.kind) {
    case 'note':
      return '记录'
    case 'contact':
      return `联系${nameOf(CONTACTS, e.whom)}：${e.reached ? '联系上了' : '没有联系上'}`
    case 'hand_over':
      return `请${e.to || '同事'}接手`
    case 'decision':
      return `决定：${nameOf(DECISIONS, e.decision)}`
    case 'report':
      return `强制报告：${nameOf(RECIPIENTS, e.recipient)}`
    case 'raised':
      return '发起时写的'
    case 'said':
      return '又说了一次'
    case 'acknowledged':
      return `接手。身边的人：${nameOf(COMPANIES, e.withPerson)}`
    case 'withheld':
      return '家长可能是施害人：不让家长知道'
    case 'disclosed':
      return '不再认为家长可能是施害人'
    case 'closed':
      return '办结，等第二个人复核'
    case 'reviewed':
      return '复核，同意办结'
    case 'reopened':
      return e.reason === 'silence' ? '接手后没有人按时记录，重新等人接手' : e.reason === 'new_sign' ? '又说了一次，重新等人接手' : '重新打开，等人接手'
  }
}

/** A line of the chronology. */
export interface Line {
  at: string
  words: string
  by?: string
  text?: string
  /** When it happened, where that was not when it was written. */
  happenedAt?: string
}

/** What happened, was written and was done by the program, in the order of time. */
export function chronicle(sheet: Pick<Sheet, 'alert' | 'entries'>): Line[] {
  const raised: Line = { at: sheet.alert.raisedAt, words: `收到预警：${causeWords(sheet.alert)}` }
  const entries = sheet.entries.map((e): Line => ({ at: e.at, words: entryWords(e), by: e.by, text: e.text, happenedAt: e.happenedAt }))
  const steps = (sheet.alert.steps ?? []).filter((s) => s.outcome).map((s): Line => ({ at: s.at, words: stepWords(s, sheet.alert, false) }))
  // The order of what has the same time stays.
  return [raised, ...entries, ...steps].filter((l) => l.words).sort((a, b) => Date.parse(a.at) - Date.parse(b.at))
}

/** What of a sheet may stay on the phone while somebody has the alert: whom to call, but nothing that anybody wrote. */
export function keepable(sheet: Sheet): Sheet | null {
  if (sheet.alert.status === 'in_review' || sheet.alert.status === 'closed') return null
  return { ...sheet, entries: sheet.entries.map((e) => ({ ...e, text: undefined })) }
}

/** The time left or past, for a clock that is read from afar: 09:59, 1:59:59, 3 天. */
export function countdown(until: string, now: number): { words: string; over: boolean } {
  const over = Date.parse(until) <= now
  const seconds = Math.floor(Math.abs(Date.parse(until) - now) / 1000)
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60]
  const two = (n: number) => String(n).padStart(2, '0')
  if (hours >= 48) return { words: `${Math.floor(hours / 24)} 天`, over }
  return { words: (hours ? `${hours}:${two(minutes)}` : two(minutes)) + `:${two(seconds % 60)}`, over }
}

/** By when the next entry will come: what an officer can say with one tap. */
export function pauses(now: number): { name: string; at: string }[] {
  const after = (minutes: number) => new Date(now + minutes * 60_000).toISOString()
  const morning = Date.parse(startOfDay(addDays(dayOf(now), 1))) + 8 * 60 * 60_000
  return [
    { name: '15 分钟后', at: after(15) },
    { name: '1 小时后', at: after(60) },
    { name: '4 小时后', at: after(240) },
    { name: '明天早上 8 点', at: new Date(morning).toISOString() },
    { name: '3 天后', at: after(3 * 24 * 60) },
  ]
}

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

/** What a step of the escalation did, or when it goes on: 23:05 已通知 王老师（示例小学 第一班）; without its time where a list shows that. */
export function stepWords(step: Schema<'SupportStep'>, alert: Pick<Alert, 'acknowledgedAt' | 'steps'>, timed = true): string {
  const at = timed ? `${clock(step.at)} ` : ''
  if (!step.outcome) {
    if (alert.acknowledgedAt) return ''
    return alert.steps?.some((s) => s.outcome) ? `没有人接手，${clock(step.at)} 通知下一位` : '正在通知值班人员'
  }
  switch (step.outcome) {
    case 'told': {
      const whose = step.layer ? `${step.unitName ?? ''}第 ${step.layer} 班` : '所有值班人员'
      const names = (step.to ?? []).filter(Boolean)
      return `${at}已通知 ${names.length > 0 ? `${names.join('、')}（${whose}）` : whose}`
    }
    case 'joined':
      return `${at}值班人员刚收到过同类通知`
    case 'nobody':
      return `${at}没有人值班，通知不到人`
    case 'reopened':
      return '' // the entry of the same time says it
    case 'breached':
      return `${at}到了时限，没有人接手`
    default:
      return ''
  }
}
