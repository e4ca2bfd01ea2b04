import type { Schema } from '@/api/types'

/** How a browser learns who is using it. The server names it in the page it serves. */
export type LoginMethod = 'demo' | 'officialAccount' | 'none'

/** Whose code it is. */
export type Channel = Schema<'LoginInputBody'>['channel']

/** What to do to log in. */
export type Step =
  | { kind: 'code'; code: string; channel: Channel }
  /** Go to WeChat's page, which comes back with a code. */
  | { kind: 'redirect'; url: string }
  /** Choose a demo account. */
  | { kind: 'choose' }
  /** This browser can't log in: WeChat must open the page, or has just failed to say who it is. */
  | { kind: 'stuck'; code: 'open_in_wechat' | 'login_failed'; message: string }

/**
 * What a person chose when WeChat asked about messages of these templates: with
 * a sound or a reminder is a yes too; banned by WeChat, or left out because
 * another has the same title, is a no.
 * https://developers.weixin.qq.com/miniprogram/dev/api/open-api/subscribe-message/wx.requestSubscribeMessage.html
 */
export function choiceOf(asked: string[], answers: Record<string, string>): { accepted: string[]; refused: string[] } {
  const yes = (id: string) => ['accept', 'acceptWithAlert', 'acceptWithAudio'].includes(answers[id] ?? '')
  return { accepted: asked.filter(yes), refused: asked.filter((id) => answers[id] && !yes(id)) }
}

/** Reads what the server names; a page from the development server names nothing and is for demos. */
export function loginMethodOf(named: string | null | undefined): LoginMethod {
  return named === undefined || named === null ? 'demo' : named === 'demo' || named === 'officialAccount' ? named : 'none'
}

/** Whoever is back so soon from WeChat's page without a code would be sent there again and again. */
const REDIRECT_PAUSE_MS = 30_000

export function nextStep(method: LoginMethod, at: { search: string; hash: string; userAgent: string; chosen: string; leftAt: number; now: number }): Step {
  const query = new URLSearchParams(at.search)
  const code = query.get('code') ?? ''
  const channel = query.get('channel') === 'officialAccount' ? 'officialAccount' : 'miniProgram'
  if (method === 'demo') {
    if (code) return { kind: 'code', code, channel } // typed, or from the page that stands for WeChat's
    return at.chosen ? { kind: 'code', code: at.chosen, channel: 'miniProgram' } : { kind: 'choose' }
  }
  if (method === 'none' || !/MicroMessenger/i.test(at.userAgent)) return { kind: 'stuck', code: 'open_in_wechat', message: '请在微信里打开，或使用心育小程序' }
  if (code && channel === 'officialAccount') return { kind: 'code', code, channel }
  if (at.now - at.leftAt < REDIRECT_PAUSE_MS) return { kind: 'stuck', code: 'login_failed', message: '登录没有成功，请稍后重新打开' }
  return { kind: 'redirect', url: '/wechat/oauth?to=' + encodeURIComponent('/m/' + at.hash) }
}
