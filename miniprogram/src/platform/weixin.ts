import { offline } from '@/api/error'
import { openPrivacyGuide, requirePrivacy } from './privacy'
import type { Platform } from './types'

/** WeChat itself. The server's address is a request domain in the WeChat console; it is given when the package is built. */
export const weixin: Platform = {
  origin: import.meta.env.VITE_XINYU_ORIGIN ?? '',
  channel: 'miniProgram',
  loginCode: () =>
    new Promise((resolve, reject) => uni.login({ provider: 'weixin', success: (r) => resolve(r.code), fail: () => reject(offline) })),
  forgetLogin() {
    // WeChat knows whose phone it is; the next call logs in again.
  },
  device() {
    const info = uni.getDeviceInfo()
    return `${info.brand} ${info.model}`.trim().slice(0, 100)
  },
  /** A mini-program code of ours gives the path of its page. */
  scan: () => new Promise((resolve) => uni.scanCode({ success: (r) => resolve(r.path || r.result), fail: () => resolve(null) })),
  askForMessages: (templateIds) =>
    new Promise((resolve) => {
      const asked = templateIds.slice(0, 3) // WeChat takes three a call
      if (asked.length === 0) return resolve({ accepted: [], refused: [] })
      uni.requestSubscribeMessage({
        tmplIds: asked,
        success: (r) => {
          const chosen = (what: string) => asked.filter((id) => (r as unknown as Record<string, string>)[id] === what)
          resolve({ accepted: chosen('accept'), refused: chosen('reject') })
        },
        fail: () => resolve({ accepted: [], refused: [] }),
      })
    }),
  requirePrivacy,
  openPrivacyGuide,
  call: (number) => uni.makePhoneCall({ phoneNumber: number, fail: () => {} }),
  onNetwork: (listener) => uni.onNetworkStatusChange((r) => listener(r.isConnected)),
  onLeave(left, back) {
    uni.onAppHide(left)
    uni.onAppShow(back)
    return () => {
      uni.offAppHide(left)
      uni.offAppShow(back)
    }
  },
  playbackRate: () => null,
}
