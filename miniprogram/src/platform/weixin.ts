import { offline, type ApiError } from '@/api/error'
import { choiceOf } from './entry'
import { openPrivacyGuide, requirePrivacy } from './privacy'
import type { Platform } from './types'

/** The person, or the phone, does not let us use the camera. */
const noCamera: ApiError = { status: 403, code: 'no_camera', message: '没能打开摄像头：请在微信里允许心育使用摄像头，或输入屏幕上的数字' }

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
  scan: () =>
    new Promise((resolve, reject) =>
      uni.scanCode({
        success: (r) => resolve(r.path || r.result),
        fail: (e: { errMsg?: string }) => (/cancel/.test(e?.errMsg ?? '') ? resolve(null) : reject(noCamera)),
      }),
    ),
  askForMessages: (templateIds) =>
    new Promise((resolve) => {
      const asked = templateIds.slice(0, 3) // WeChat takes three a call
      if (asked.length === 0) return resolve({ accepted: [], refused: [] })
      uni.requestSubscribeMessage({
        tmplIds: asked,
        success: (r) => resolve(choiceOf(asked, r as unknown as Record<string, string>)),
        fail: () => resolve({ accepted: [], refused: [] }),
      })
    }),
  requirePrivacy,
  openPrivacyGuide,
  call: (number) => uni.makePhoneCall({ phoneNumber: number, fail: () => {} }),
  ring() {
    const bell = uni.createInnerAudioContext()
    bell.src = '/static/mp-weixin/alarm.wav'
    bell.obeyMuteSwitch = false // a phone that was made silent for the night still rings
    bell.onEnded(() => bell.destroy())
    bell.onError(() => bell.destroy())
    bell.play()
    return true
  },
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
