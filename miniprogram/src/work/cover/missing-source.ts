import { api } from '@/api/client'
import type { ItemKind, Schema, Side } from '@/api/types'
import { SIDES } from '../lib/coverage'

/** A pupil who is missing, or whose guardians are. */
export interface Line {
  pupilId: string
  name: string
  className: string
  /** Tells pupils of one name in a class apart. */
  mark?: string
  /** What is missing, and whether nothing of it has begun. */
  state: string
  warm: boolean
  makeUp?: Schema<'SuperviseMakeUp'>
}

/** How many families were reminded. */
export interface Reminded {
  reminded: number
  already: number
  unreachable: number
  /** When they leave, where a holiday holds them back. */
  sendsAt?: string
}

/** Those who are missing from something, and how to remind them. */
export interface Source {
  title: string
  description: string
  /** What to say when nobody is missing. */
  complete: string
  /** The page that plans a make-up, where one can be planned. */
  planUrl?: string
  remindLabel: string
  /** The title and the text of the question before they are reminded. */
  question: [title: string, text: string]
  read(cursor?: string): Promise<{ items: Line[]; nextCursor?: string }>
  remind(): Promise<Reminded>
}

/** Those who have not attended the lecture of a session, there or elsewhere. */
export function ofSession(id: string): Source {
  return {
    title: '这一讲还没有参加的人',
    description: '在别的场次参加过的，已经不在里面。',
    complete: '都参加了，真好',
    planUrl: `/work/teach/plan?makeUpOf=${id}`,
    remindLabel: '提醒他们的家长',
    question: ['提醒家长', '给还没有参加的人的家长发一条提醒，每家每天最多一条。送不到的会进电话名单。'],
    async read(cursor) {
      const { items, nextCursor } = await api.get('/lecture-sessions/{id}/missing', { path: { id }, query: { limit: 50, cursor } })
      return { items: items.map((p) => ({ ...p, state: p.sides.map((s) => SIDES[s]).join('、'), warm: true })), nextCursor }
    },
    async remind() {
      const counts = await api.post('/lecture-sessions/{id}/remind', { path: { id } })
      return { ...counts, already: counts.alreadyReminded }
    },
  }
}

/** Those of a unit who are not covered by an item yet. */
export function ofItem(item: { itemKind: ItemKind; itemId: string; side: Side; unitId: string }, unitName: string): Source {
  const guardian = item.side === 'guardian'
  return {
    title: unitName,
    description: `还没有完成的${guardian ? '家长，按孩子列出' : '学生'}`,
    complete: '都完成了，真好',
    remindLabel: '提醒他们',
    question: ['催办', `提醒${unitName}还没有完成的家庭，每家每天最多一条。送不到的会进班主任的电话名单。`],
    async read(cursor) {
      const { items, nextCursor } = await api.get('/coverage/missing', { query: { ...item, limit: 50, cursor } })
      const state = (started: boolean) => (item.itemKind === 'lecture' ? '没参加' : started ? '看了一部分' : '还没开始')
      return { items: items.map((p) => ({ ...p, name: guardian ? `${p.name}的家长` : p.name, state: state(p.started), warm: !p.started })), nextCursor }
    },
    async remind() {
      const counts = await api.post('/coverage/nudges', { body: item })
      return { ...counts, reminded: counts.nudged, already: counts.alreadyNudged }
    },
  }
}
