import { offline } from '@/api/error'
import type { Platform } from './types'

declare const wx: {
  requirePrivacyAuthorize?: (o: { success: () => void; fail: () => void }) => void
}

/** WeChat itself. The server's address is a request domain in the WeChat console; it is given when the package is built. */
export const weixin: Platform = {
  origin: import.meta.env.VITE_XINYU_ORIGIN ?? '',
  loginCode: () =>
    new Promise((resolve, reject) => uni.login({ provider: 'weixin', success: (r) => resolve(r.code), fail: () => reject(offline) })),
  forgetLogin() {
    // WeChat knows who holds the phone; the next call logs in again.
  },
  device() {
    const info = uni.getDeviceInfo()
    return `${info.brand} ${info.model}`.trim().slice(0, 100)
  },
  scan: () => new Promise((resolve) => uni.scanCode({ success: (r) => resolve(r.result), fail: () => resolve(null) })),
  askForMessages: (templateIds) =>
    new Promise((resolve) => {
      if (templateIds.length === 0) return resolve([])
      uni.requestSubscribeMessage({
        tmplIds: templateIds.slice(0, 3), // WeChat takes three a call
        success: (r) => resolve(templateIds.filter((id) => (r as unknown as Record<string, string>)[id] === 'accept')),
        fail: () => resolve([]),
      })
    }),
  requirePrivacy: () =>
    new Promise((resolve, reject) => {
      // Base library 2.32.3 and later ask; before that there is nothing to ask.
      if (!wx.requirePrivacyAuthorize) return resolve()
      wx.requirePrivacyAuthorize({ success: () => resolve(), fail: () => reject({ status: 403, code: 'privacy_refused', message: '同意隐私保护指引后才能继续' }) })
    }),
  call: (number) => uni.makePhoneCall({ phoneNumber: number, fail: () => {} }),
  onNetwork: (listener) => uni.onNetworkStatusChange((r) => listener(r.isConnected)),
  onLeave(listener) {
    uni.onAppHide(listener)
    return () => uni.offAppHide(listener)
  },
}
