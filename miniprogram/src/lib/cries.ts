import { mayYetSucceed, type ApiError } from '@/api/error'
import type { Schema } from '@/api/types'
import { clock, dayWords } from './time'
import { Queue, type QueueOptions } from './queue'

/** A call for help that the server must have. */
export interface Cry {
  pupilId?: string
  words?: string
  /** A yes to the safety question. */
  selfHarm?: boolean
  /** Staff raise it about the pupil, or answered for the pupil. */
  byStaff?: boolean
  /** Of staff; without it, immediate. */
  level?: Raised['level']
}

/** What becomes of it. */
export type Raised = Schema<'SupportRaised'>

/**
 * Keeps every call for help from before it is sent until the server has it. What
 * the server refuses is sent again without the words and the pupil; as long as
 * that is refused too it stays, and the page goes on saying that it was not sent.
 */
export class CryQueue extends Queue<Cry, Raised> {
  private added = 0

  constructor(options: Pick<QueueOptions<Cry, Raised>, 'storage' | 'send' | 'now'>) {
    super({ ...options, send: (cry) => insist(cry, options.send) })
  }

  /** Stores it for the next flush and returns its key. */
  keep(cry: Cry): string {
    const key = `${Date.now()}.${this.added++}.${Math.random()}`
    this.put(key, cry)
    return key
  }

  /** Forgets one that the server has by another way. */
  drop(key: string): void {
    this.remove(key)
  }

  /** How many the server does not have. */
  get waiting(): number {
    return this.items().length
  }
}

async function insist(cry: Cry, send: (cry: Cry) => Promise<Raised>): Promise<Raised> {
  try {
    return await send(cry)
  } catch (e) {
    if (mayYetSucceed(e as ApiError)) throw e
  }
  try {
    return await send({ selfHarm: cry.selfHarm })
  } catch (e) {
    throw { ...(e as ApiError), status: mayYetSucceed(e as ApiError) ? (e as ApiError).status : 500 } satisfies ApiError
  }
}

/** What there is to say of a call for help. */
export interface CryState {
  /** Whether it is in red: nobody takes care of it, and the person must not wait. */
  red: boolean
  title: string
  text: string
}

/** How long it is said that somebody has taken it on. */
const SHOWN_MS = 12 * 60 * 60 * 1000

/** Who reads it. */
export type Reader = 'pupil' | 'adult'

/** Says the truth of the last call for help: on this phone, at the server, or with a person. Null where there is none. */
export function cryState(of: { unsent: number; sending: boolean; raised: Raised[]; reader: Reader; now: number }): CryState | null {
  const you = of.reader === 'pupil' ? '你' : '您'
  if (of.unsent > 0 && of.sending) return { red: true, title: '正在送出…', text: '不用等，现在就可以打电话。' }
  if (of.unsent > 0) {
    const safe = of.reader === 'pupil' ? '有危险就打 120 或 110，或者马上告诉身边的大人。' : '有危险就打 120 或 110；孩子有危险，不要让孩子独自一人。'
    return { red: true, title: '还没送出，请现在打电话', text: `没有连上，值班人员还不知道。连上后会自动再送。请现在打 12356。${safe}` }
  }
  // One that waits for a person counts before one that somebody has.
  const last = of.raised.find((r) => !r.acknowledgedAt) ?? of.raised.find((r) => of.now - Date.parse(r.acknowledgedAt!) < SHOWN_MS)
  if (!last) return null
  const alone = of.reader === 'adult' && last.pupilId ? '请不要让孩子独自一人。' : ''
  if (last.acknowledgedAt) {
    const taken = `${dayWords(last.acknowledgedAt, of.now)} ${clock(last.acknowledgedAt)} 有`
    return { red: false, title: '已有人接手', text: of.reader === 'pupil' ? `${taken}值班老师接手了。难受得等不了，就打下面的电话。` : `${taken}值班人员接手了，请保持电话畅通。${alone}有危险不要等，打 120 或 110。` }
  }
  if (Date.parse(last.dueAt) <= of.now) return { red: true, title: '已送出，还没有人接手', text: `已经超过该接手的时间。${you}不要再等，请现在打电话。${alone}` }
  return { red: false, title: '已送出', text: `服务器收到了，正在通知值班人员，还没有人接手。有人接手，这里会写出来。${alone}等不了就打下面的电话。` }
}
