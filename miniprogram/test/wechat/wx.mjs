// A phone's wx: what WeChat's base library does for the client, over the real server. Every method of WeChat's typings is
// there; one that the client calls and that is not written here is a fault, so that nothing passes unseen.
import { wxMethods } from './build.mjs'

const UNKNOWN = 'no such page'

/** Makes the wx of a phone; the phone knows its pages, its server and what its person answers. */
export function makeWx(phone) {
  const wx = {}
  for (const name of wxMethods())
    wx[name] = () => {
      phone.faults.push(`wx.${name} is not written in the tests' wx`)
    }
  const settle = (o, result, error) => {
    queueMicrotask(() => {
      if (error) o.fail?.({ errMsg: error })
      else o.success?.(result ?? {})
      o.complete?.(error ? { errMsg: error } : (result ?? {}))
    })
  }
  const done = (result) => (o = {}) => settle(o, typeof result === 'function' ? result(o) : result)
  const listeners = (name) => (phone.listeners[name] ??= [])
  const on = (name) => (f) => void listeners(name).push(f)
  const off = (name) => (f) => void (phone.listeners[name] = listeners(name).filter((g) => g !== f))
  const went = (how) => (o) => {
    phone.went.push([how, o.url])
    phone.go(how, o.url).then(
      () => settle(o),
      (error) => {
        phone.faults.push(`wx.${how} ${o.url}: ${error.message}`)
        settle(o, null, UNKNOWN)
      },
    )
  }
  const base = { SDKVersion: '3.7.0', version: '8.0.54', language: 'zh_CN', theme: 'light', platform: 'android', host: { env: 'WeChat' }, enableDebug: false, fontSizeSetting: 16 }
  const device = { brand: 'test', model: 'phone', system: 'Android 14', platform: 'android', benchmarkLevel: 30, abi: 'arm64-v8a' }
  const windowInfo = { pixelRatio: 2, screenWidth: 390, screenHeight: 844, windowWidth: 390, windowHeight: 760, statusBarHeight: 40, screenTop: 84, safeArea: { left: 0, right: 390, top: 40, bottom: 844, width: 390, height: 804 } }
  const privately = (name, f) => (o = {}) => phone.privacy(name).then(() => f(o), () => settle(o, null, `${name}:fail privacy permission is not authorized`))

  return Object.assign(wx, {
    // What the phone is.
    getSystemInfoSync: () => ({ ...base, ...device, ...windowInfo }),
    getAppBaseInfo: () => base,
    getDeviceInfo: () => device,
    getWindowInfo: () => windowInfo,
    getAccountInfoSync: () => ({ miniProgram: { appId: 'wx0000000000000000', envVersion: 'release', version: '1.0.0' } }),
    getLaunchOptionsSync: () => phone.options,
    getEnterOptionsSync: () => phone.options,
    preloadAssets: done(),
    canIUse: () => true,
    // What is kept on it.
    getStorageSync: (key) => (phone.storage.has(key) ? structuredClone(phone.storage.get(key)) : ''),
    setStorageSync: (key, value) => void phone.storage.set(key, structuredClone(value)),
    setStorage: (o) => {
      phone.storage.set(o.key, o.data)
      settle(o)
    },
    removeStorageSync: (key) => void phone.storage.delete(key),
    getStorageInfoSync: () => ({ keys: [...phone.storage.keys()], currentSize: 1, limitSize: 10240 }),
    // The network.
    request: (o) => void phone.request(o),
    getNetworkType: done({ networkType: 'wifi' }),
    onNetworkStatusChange: on('network'),
    // Pages.
    navigateTo: went('navigateTo'),
    redirectTo: went('redirectTo'),
    reLaunch: went('reLaunch'),
    switchTab: went('switchTab'),
    navigateBack: (o = {}) => {
      phone.went.push(['navigateBack'])
      phone.back()
      settle(o)
    },
    setNavigationBarTitle: (o) => {
      phone.title = o.title
      settle(o)
    },
    stopPullDownRefresh: done(),
    setKeepScreenOn: done(),
    onAppShow: on('show'),
    offAppShow: off('show'),
    onAppHide: on('hide'),
    offAppHide: off('hide'),
    // What the person sees and answers.
    showToast: (o) => {
      phone.toasts.push(o.title)
      settle(o)
    },
    showModal: (o) => {
      phone.modals.push(o)
      settle(o, { confirm: phone.answers.modal, cancel: !phone.answers.modal, content: '' })
    },
    showActionSheet: (o) => settle(o, { tapIndex: phone.answers.sheet }),
    makePhoneCall: (o) => {
      phone.called.push(o.phoneNumber)
      settle(o)
    },
    previewImage: done(),
    createVideoContext: () => ({ playbackRate() {}, play() {}, pause() {}, seek() {}, stop() {} }),
    // What touches the person's data, and asks first.
    login: (o) => settle(o, { code: phone.code, errMsg: 'login:ok' }),
    scanCode: (o) => (phone.sees ? settle(o, phone.sees) : settle(o, null, phone.camera ? 'scanCode:fail cancel' : 'scanCode:fail auth deny')),
    setClipboardData: privately('setClipboardData', (o) => {
      phone.clipboard = o.data
      settle(o)
    }),
    requestSubscribeMessage: (o) => settle(o, Object.fromEntries(o.tmplIds.map((id) => [id, phone.answers.messages]))),
    onNeedPrivacyAuthorization: on('privacy'),
    requirePrivacyAuthorize: privately('requirePrivacyAuthorize', (o) => settle(o)),
    openPrivacyContract: done(),
  })
}
