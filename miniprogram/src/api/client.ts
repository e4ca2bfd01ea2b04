import { currentAccount, setCurrentAccount } from '@/lib/storage'
import { platform } from '@/platform'
import { offline, toApiError, type ApiError } from './error'
import { Renewer } from './renew'
import type { Args, Method, Options, PathOf, Result, Schema } from './types'

const TIMEOUT_MS = 15_000
const TOKEN = 'xinyu.token'

interface Loose {
  path?: Record<string, string | number>
  query?: Record<string, unknown>
  body?: unknown
  idempotencyKey?: string
}

/** One HTTP call. It rejects with an ApiError only. */
function send(method: Method, path: string, options: Loose, token: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    uni.request({
      url: platform.origin + '/api/v1' + fill(path, options.path) + queryOf(options.query),
      method: method.toUpperCase() as UniNamespace.RequestOptions['method'],
      data: options.body as string | undefined,
      timeout: TIMEOUT_MS,
      header: {
        'Content-Type': 'application/json',
        ...(token ? { Authorization: `Bearer ${token}` } : {}),
        ...(options.idempotencyKey ? { 'Idempotency-Key': options.idempotencyKey } : {}),
      },
      success: ({ statusCode, data }) => {
        if (statusCode >= 200 && statusCode < 300) resolve(data)
        else if (!statusCode) reject(offline)
        else reject(toApiError(statusCode, typeof data === 'string' ? parse(data) : data))
      },
      fail: () => reject(offline),
    })
  })
}

/** Some platforms don't parse application/problem+json. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function fill(path: string, values: Record<string, string | number> = {}): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(values[name])))
}

function queryOf(query: Record<string, unknown> = {}): string {
  const parts = Object.entries(query)
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`)
  return parts.length ? '?' + parts.join('&') : ''
}

/** The session that the last login brought. */
export type Session = Schema<'IdentitySession'>

const renewer = new Renewer(
  { read: () => uni.getStorageSync(TOKEN) as string, write: (token) => uni.setStorageSync(TOKEN, token) },
  async () => {
    const code = await platform.loginCode()
    // The last token is shown, expired as it is: who has one is let in also while strangers flood the login.
    const token = (uni.getStorageSync(TOKEN) as string) || undefined
    const session = (await send('post', '/login', { body: { code, device: platform.device(), channel: platform.channel, token } }, '')) as Session
    setCurrentAccount(session.account.id)
    return session.token
  },
)

/** The login had ended, and the new one is somebody else's. */
const anotherAccount: ApiError = { status: 409, code: 'another_account', message: '登录的人换了，请重新打开这一页' }

function caller<M extends Method>(method: M) {
  return <P extends PathOf<M>>(path: P, ...[options]: Args<Options<P, M>>): Promise<Result<P, M>> => {
    const begunBy = currentAccount()
    return renewer.run((token) => {
      // What one person began is not done in the name of the next.
      if (method !== 'get' && begunBy && currentAccount() !== begunBy) throw anotherAccount
      return again(method, () => send(method, path, (options ?? {}) as Loose, token))
    }) as Promise<Result<P, M>>
  }
}

/** A read that got no answer is tried once more: poor signal often needs just that. */
async function again<T>(method: Method, call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (e) {
    if (method !== 'get' || e !== offline) throw e
    return call()
  }
}

/** The API, typed by path. Every call rejects with an ApiError. */
export const api = { get: caller('get'), post: caller('post'), put: caller('put'), delete: caller('delete') }

/** Sends a file to a path that takes one, in a browser. It rejects with an ApiError. */
export function upload<T>(path: PathOf<'post'>, query: Record<string, unknown>, file: File): Promise<T> {
  return renewer.run(async (token) => {
    const sent = await platform.files!.send(platform.origin + '/api/v1' + path + queryOf(query), token, file).catch(() => {
      throw offline
    })
    if (sent.status < 200 || sent.status >= 300) throw toApiError(sent.status, sent.body)
    return sent.body as T
  })
}

/** A call that needs no login, and must work before one. */
export function open<P extends PathOf<'get'>>(path: P, ...[options]: Args<Options<P, 'get'>>): Promise<Result<P, 'get'>> {
  return again('get', () => send('get', path, (options ?? {}) as Loose, '')) as Promise<Result<P, 'get'>>
}

/** A call in the name of who is logged in, which never asks anybody to log in: it must not take away the page that is shown. */
export function quietly<P extends PathOf<'get'>>(path: P, ...[options]: Args<Options<P, 'get'>>): Promise<Result<P, 'get'>> {
  const token = uni.getStorageSync(TOKEN) as string
  return (token ? again('get', () => send('get', path, (options ?? {}) as Loose, token)) : Promise.reject(offline)) as Promise<Result<P, 'get'>>
}

/** Ends this phone's login. */
export async function logout(): Promise<void> {
  await api.post('/logout')
  forgetLogin()
}

/** Has the next call log in anew, perhaps as somebody else. */
export function forgetLogin(): void {
  renewer.forget()
  platform.forgetLogin()
}

/** A key for a write that a phone may repeat. */
export function newKey(): string {
  return Date.now().toString(36) + Math.random().toString(36).slice(2, 12)
}
