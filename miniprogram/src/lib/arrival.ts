import { onLoad } from '@dcloudio/uni-app'
import { open } from '@/api/client'
import type { ApiError } from '@/api/error'

/** A page's query as the platform gives it; WeChat leaves the values encoded. */
export type Query = Record<string, string | undefined>

/** A page of the client, without a leading slash, and its query. */
export interface Destination {
  page: string
  query: Query
}

/** The page that only opens others: for a code whose page is not known yet. */
export const OPEN = 'pages/open/index'

/** The pages that a code, card or link may open. */
const BIND = 'pages/mine/bind'
const SESSION = 'pages/lectures/session'
const PLAY = 'pages/lessons/play'
const OPENED: string[] = [BIND, SESSION, PLAY]

/** What a code may hold (wxacode.getUnlimited). */
const SCENE = /^[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}$/

/** What is said of a code that leads nowhere, whoever made it. */
export const unknownCode: ApiError = { status: 404, code: 'scene_not_found', message: '可能过期了，也可能换成了新的。请向给您码的人要一个新的。' }

function decoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}

function queryOf(text: string): Query {
  const query: Query = {}
  for (const pair of text.split('&')) {
    const at = pair.indexOf('=')
    if (at > 0) query[decoded(pair.slice(0, at))] = decoded(pair.slice(at + 1))
  }
  return query
}

/**
 * Where a text leads that a camera saw or WeChat passes on: the address of the
 * browser's client, or the path of a page. Null for anything else, such as the
 * code that is checked in with.
 */
export function destinationOf(text: string): Destination | null {
  const path = /(?:^|\/)(pages\/\w+\/\w+)\?([^#]*)$/.exec(text)
  if (path && [OPEN, ...OPENED].includes(path[1]!)) return { page: path[1]!, query: queryOf(path[2]!) }
  const address = /^https?:\/\/[^/?#]+\/m\/\?([^#]*)/.exec(text)
  const query = address ? queryOf(address[1]!) : {}
  return query.scene ? { page: OPEN, query: { scene: query.scene } } : null
}

/** The path of a page with its query. */
export function urlOf({ page, query }: Destination): string {
  const pairs = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value ?? '')}`)
  return `/${page}${pairs.length ? '?' : ''}${pairs.join('&')}`
}

/** The code by which a page was opened: what a mini-program code says, or the address in an ordinary one. Empty where there is none. */
function codeIn(query: Query): string {
  return decoded(query.scene || query.q || '')
}

/** Looks a code up. */
async function lookUp(query: Query): Promise<Destination> {
  let scene = query.scene ? decoded(query.scene) : ''
  if (!scene) {
    const there = destinationOf(decoded(query.q ?? ''))
    if (!there) throw unknownCode
    if (!there.query.scene) return there
    scene = there.query.scene
  }
  if (!SCENE.test(scene)) throw unknownCode
  try {
    const { page, params, targetId } = await open('/scenes/{scene}', { path: { scene } })
    return { page, query: { ...params, ...(page === BIND ? { classId: targetId } : {}) } }
  } catch (e) {
    if ([400, 404, 422].includes((e as ApiError).status)) throw unknownCode
    throw e
  }
}

/** The code that was followed last. */
let followed = ''
/** Follows the app's own code, unless a page does first. */
let following: ReturnType<typeof setTimeout> | undefined

/**
 * The query of this page; where it was opened by a code (of WeChat, or an
 * ordinary one whose address WeChat passes on as q), what that stands for. A
 * code of another page goes there instead. Call it in a page's setup, before
 * the page's own onLoad; what it returns rejects with an ApiError and may be
 * called again.
 * https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/qrcode-link/qr-code/getUnlimitedQRCode.html
 * https://developers.weixin.qq.com/miniprogram/introduction/qrcode.html
 */
export function arriving(own: string): () => Promise<Query> {
  let query: Query = {}
  onLoad((given) => {
    query = (given ?? {}) as Query
    if (!codeIn(query)) return
    followed = codeIn(query)
    clearTimeout(following)
  })
  return async () => {
    if (!codeIn(query)) return query
    const there = await lookUp(query)
    if (!OPENED.includes(there.page)) throw unknownCode
    if (there.page !== own) {
      uni.redirectTo({ url: urlOf(there) })
      return new Promise<Query>(() => {}) // this page ends here
    }
    query = there.query
    return query
  }
}

/** How long the page that WeChat opens with a code may take to load. */
const LOAD_MS = 1000

/**
 * Follows a code by which the app was opened or came back, where no page did:
 * WeChat opens the code's page as a rule, but the page of an ordinary code is
 * the operator's choice, and an app that is already open may stay where it was.
 * Coming back from the background names the last code again, which is not
 * followed twice: what was typed meanwhile would be lost.
 */
export function followLaunch(query: Query | undefined): void {
  const code = codeIn(query ?? {})
  if (!code || code === followed) return
  clearTimeout(following)
  following = setTimeout(() => {
    followed = code
    uni.reLaunch({ url: urlOf({ page: OPEN, query: query!.scene ? { scene: code } : { q: code } }) })
  }, LOAD_MS)
}
