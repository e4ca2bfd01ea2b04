import type { ApiError } from '@/api/error'
import { loginMethodOf, nextStep, type Channel, type LoginMethod } from './entry'
import { Scanner, sdkOf, signedAddress, type Sdk, type Signature } from './jssdk'
import type { Platform } from './types'

/** What a test or a demo puts in the place of WeChat; the browser build alone reads it. */
interface Seed {
  /** The code that logs in, such as demo-parent. */
  code?: string
  /** What the camera sees. */
  scan?: () => string | null
  accepts?: boolean
}

declare global {
  interface Window {
    __wx?: Seed
    jWeixin?: Partial<Sdk>
  }
}

const CODE = 'xinyu.code'

/** Nobody has chosen an account: the page of the demo accounts asks. */
export const needsLogin: ApiError = { status: 0, code: 'needs_login', message: '请先登录' }

function seed(): Seed {
  return (typeof window !== 'undefined' && window.__wx) || {}
}

/** How this page logs in. */
export function loginMethod(): LoginMethod {
  return loginMethodOf(typeof document === 'undefined' ? null : document.querySelector('meta[name="xinyu-login"]')?.getAttribute('content'))
}

/** When the browser was sent to WeChat's page, so that it is not sent again and again. */
const LEFT = 'xinyu.left'

/** Remembers who logs in from now on. */
export function chooseCode(code: string): void {
  uni.setStorageSync(CODE, code)
}

/** An ordinary code names its scene before the fragment, the only place where WeChat compares it; the pages look behind it. Call it before the first page is chosen. */
export function takeScene(): void {
  const query = new URLSearchParams(location.search)
  const scene = query.get('scene')
  if (!scene) return
  query.delete('scene')
  history.replaceState(history.state, '', `${location.pathname}${query.size ? `?${query}` : ''}#/pages/open/index?scene=${encodeURIComponent(scene)}`)
}

let audio: AudioContext | null = null

/** A browser makes a sound only once somebody has tapped the page. */
function ring(): boolean {
  audio ??= new AudioContext()
  void audio.resume().catch(() => {})
  for (let n = 0; n < 6; n++) {
    const tone = audio.createOscillator()
    tone.frequency.value = n % 2 ? 660 : 880
    tone.connect(audio.destination)
    tone.start(audio.currentTime + n * 0.2)
    tone.stop(audio.currentTime + (n + 1) * 0.2)
  }
  return audio.state === 'running' || !!navigator.userActivation?.hasBeenActive
}

/** Asks who it is, and then goes on with the page that needed to know. */
function choose(): void {
  const page = location.hash.slice(1)
  if (page.startsWith(DEMO)) return
  uni.reLaunch({ url: `${DEMO}?to=${encodeURIComponent(page)}` })
}
const DEMO = '/pages/demo/index'

/** Where the last code came from. */
let channel: Channel = 'miniProgram'

/** The address by which the page was entered. */
const entry = typeof location === 'undefined' ? '' : location.href
let scanner: Scanner | null = null

/** Asks the server to sign an address for WeChat. */
async function sign(address: string): Promise<Signature> {
  const response = await fetch('/wechat/js-config?url=' + encodeURIComponent(address))
  if (!response.ok) throw new Error('not signed')
  return response.json()
}

/** A computer has no camera to count on: the text under the code can be pasted. */
function paste(): Promise<string | null> {
  return new Promise((resolve) =>
    uni.showModal({
      title: '扫码',
      editable: true,
      placeholderText: '请粘贴二维码的内容',
      success: (r) => resolve(r.confirm && r.content ? r.content.trim() : null),
      fail: () => resolve(null),
    }),
  )
}

/** WeChat's browser can't scan without its SDK: the digits beside the code do as well. */
function digits(): Promise<null> {
  return new Promise((resolve) =>
    uni.showModal({ title: '这里扫不了码', content: '请输入老师屏幕上的数字来签到。', showCancel: false, confirmText: '知道了', complete: () => resolve(null) }),
  )
}

/** A browser: for the demo, the tests and the menus of the 公众号. */
export const browser: Platform = {
  print: () => window.print(),
  ring,
  files: {
    choose: (kinds) =>
      new Promise((resolve) => {
        const input = document.createElement('input')
        input.type = 'file'
        input.accept = kinds
        input.addEventListener('change', () => resolve(input.files?.[0] ?? null))
        input.addEventListener('cancel', () => resolve(null))
        input.click()
      }),
    async send(url, token, file) {
      const form = new FormData()
      form.append('file', file)
      const response = await fetch(url, { method: 'POST', body: form, headers: { Authorization: `Bearer ${token}` } })
      return { status: response.status, body: await response.json().catch(() => null) }
    },
  },
  get origin() {
    return location.origin
  },
  get channel() {
    return channel
  },
  async loginCode() {
    const step = nextStep(loginMethod(), {
      search: location.search,
      hash: location.hash,
      userAgent: navigator.userAgent,
      chosen: seed().code || (uni.getStorageSync(CODE) as string),
      leftAt: Number(sessionStorage.getItem(LEFT)),
      now: Date.now(),
    })
    switch (step.kind) {
      case 'code':
        // WeChat's code is good once: a second look at the address must not find it.
        channel = step.channel
        if (channel === 'officialAccount') history.replaceState(history.state, '', location.pathname + location.hash)
        return step.code
      case 'redirect':
        sessionStorage.setItem(LEFT, String(Date.now()))
        location.href = step.url
        return new Promise(() => {}) // the page ends here
      case 'choose':
        choose()
        throw needsLogin
      default:
        throw { status: 0, code: step.code, message: step.message } satisfies ApiError
    }
  },
  forgetLogin: () => uni.removeStorageSync(CODE),
  device: () => '浏览器',
  async scan() {
    const see = seed().scan
    if (see) return see()
    if (loginMethod() !== 'officialAccount') return paste()
    const sdk = sdkOf(window, navigator.userAgent)
    if (!sdk) return digits()
    scanner ??= new Scanner(sdk, sign)
    return scanner.scan(signedAddress(entry, location.href, navigator.userAgent)).catch(digits)
  },
  async askForMessages(templateIds) {
    const asked = templateIds.slice(0, 3)
    return seed().accepts ? { accepted: asked, refused: [] } : { accepted: [], refused: seed().accepts === false ? asked : [] }
  },
  async requirePrivacy() {},
  openPrivacyGuide() {
    // A browser has none beside our own page.
  },
  call(number) {
    location.href = `tel:${number}`
  },
  onNetwork(listener) {
    window.addEventListener('online', () => listener(true))
    window.addEventListener('offline', () => listener(false))
  },
  onLeave(left, back) {
    const changed = () => (document.hidden ? left() : back())
    document.addEventListener('visibilitychange', changed)
    window.addEventListener('pagehide', left)
    window.addEventListener('pageshow', changed)
    return () => {
      document.removeEventListener('visibilitychange', changed)
      window.removeEventListener('pagehide', left)
      window.removeEventListener('pageshow', changed)
    }
  },
  playbackRate: (id) => document.querySelector<HTMLVideoElement>(`#${id} video`)?.playbackRate ?? null,
}
