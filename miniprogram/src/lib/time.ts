/** Shanghai has been eight hours ahead of UTC, without summer time, since 1991. Mini-programs lack Intl's time zones. */
const SHANGHAI_MS = 8 * 60 * 60 * 1000
const DAY_MS = 24 * 60 * 60 * 1000
const WEEKDAYS = ['周日', '周一', '周二', '周三', '周四', '周五', '周六']

function shifted(instant: string | number): Date {
  return new Date((typeof instant === 'number' ? instant : Date.parse(instant)) + SHANGHAI_MS)
}

const two = (n: number) => String(n).padStart(2, '0')

/** The day in Shanghai, such as 2026-11-24. */
export function dayOf(instant: string | number): string {
  const d = shifted(instant)
  return `${d.getUTCFullYear()}-${two(d.getUTCMonth() + 1)}-${two(d.getUTCDate())}`
}

/** The time of day in Shanghai, such as 15:30. */
export function clock(instant: string | number): string {
  const d = shifted(instant)
  return `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}`
}

/** The day as people say it: 今天, 明天, or 11月26日 周四. */
export function dayWords(instant: string | number, now: number = Date.now()): string {
  const d = shifted(instant)
  const away = Math.round((Date.parse(dayOf(instant)) - Date.parse(dayOf(now))) / DAY_MS)
  const near: Record<number, string> = { [-1]: '昨天', 0: '今天', 1: '明天', 2: '后天' }
  const date = `${d.getUTCMonth() + 1}月${d.getUTCDate()}日 ${WEEKDAYS[d.getUTCDay()]}`
  return near[away] ? `${near[away]} ${date}` : date
}

/** A dash at which no line breaks, because of the word joiners around it. */
const DASH = '\u2060–\u2060'

/** A stretch of time: 今天 11月24日 周二 15:30–16:00, or up to another day: 今天 11月24日 周二 15:30 至 11月25日 16:00. */
export function span(from: string, to: string, now: number = Date.now()): string {
  const start = `${dayWords(from, now)} ${clock(from)}`
  if (dayOf(from) === dayOf(to)) return `${start}${DASH}${clock(to)}`
  const d = shifted(to)
  return `${start} 至 ${d.getUTCMonth() + 1}月${d.getUTCDate()}日 ${clock(to)}`
}

/** The beginning of a day in Shanghai as an instant. */
export function startOfDay(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) - SHANGHAI_MS).toISOString()
}

/** The day so many days later. */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10)
}

/** What is left, in words: 还剩 12 分钟. */
export function left(until: string, now: number = Date.now()): string {
  const minutes = Math.ceil((Date.parse(until) - now) / 60000)
  if (minutes <= 0) return '已过期'
  if (minutes < 60) return `还剩 ${minutes} 分钟`
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? `还剩 ${hours} 小时 ${minutes % 60} 分钟` : `还剩 ${Math.floor(hours / 24)} 天`
}

/** Media time: 1:05. */
export function mediaTime(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds))
  return `${Math.floor(s / 60)}:${two(s % 60)}`
}

/** The half-year of an instant, such as 2026H2 (the server's name for 下半年). */
export function termOf(instant: number = Date.now()): string {
  const d = shifted(instant)
  return `${d.getUTCFullYear()}H${d.getUTCMonth() < 6 ? 1 : 2}`
}

/** A half-year as people say it: 2026年下半年. */
export function termWords(term: string): string {
  return `${term.slice(0, 4)}年${term.endsWith('1') ? '上' : '下'}半年`
}

/** The half-year before. */
export function termBefore(term: string): string {
  const year = Number(term.slice(0, 4))
  return term.endsWith('2') ? `${year}H1` : `${year - 1}H2`
}
