import { ref } from 'vue'

/** The answers that WeChat takes to its question about the privacy guide. */
type Answer = { event: 'exposureAuthorization' } | { event: 'agree'; buttonId: string } | { event: 'disagree' }

declare const wx: {
  onNeedPrivacyAuthorization?: (listener: (resolve: (answer: Answer) => void) => void) => void
  requirePrivacyAuthorize?: (o: { success: () => void; fail: () => void }) => void
  openPrivacyContract?: (o: { fail: () => void }) => void
}

/** The button whose tap WeChat checks before it believes that somebody agreed. */
export const AGREE_BUTTON = 'agree-btn'

/** Whether WeChat waits for an answer; every page then shows the question. */
export const privacyAsked = ref(false)
let waiting: ((answer: Answer) => void)[] = []

/**
 * Shows WeChat's question about the privacy guide: a call that touches
 * personal data waits until it is answered. Older base libraries than 2.32.3
 * don't ask.
 * https://developers.weixin.qq.com/miniprogram/dev/framework/user-privacy/PrivacyAuthorize.html
 */
export function watchPrivacy(): void {
  wx.onNeedPrivacyAuthorization?.((resolve) => {
    waiting.push(resolve)
    privacyAsked.value = true
    resolve({ event: 'exposureAuthorization' })
  })
}

/** Answers all calls that wait. */
export function answerPrivacy(agreed: boolean): void {
  const asking = waiting
  waiting = []
  privacyAsked.value = false
  for (const resolve of asking) resolve(agreed ? { event: 'agree', buttonId: AGREE_BUTTON } : { event: 'disagree' })
}

/** Resolves once the person has agreed, at once where they did before. */
export function requirePrivacy(): Promise<void> {
  return new Promise((resolve, reject) => {
    if (!wx.requirePrivacyAuthorize) return resolve()
    wx.requirePrivacyAuthorize({
      success: () => resolve(),
      fail: () => reject({ status: 403, code: 'privacy_refused', message: '同意隐私保护指引后才能继续' }),
    })
  })
}

/** Opens the guide that the operator filed with WeChat. */
export function openPrivacyGuide(): void {
  const fail = () => uni.showToast({ title: '现在打不开，请稍后再试', icon: 'none' })
  if (wx.openPrivacyContract) wx.openPrivacyContract({ fail })
  else fail()
}
