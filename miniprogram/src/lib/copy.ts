/** Copies a text and says so; where the phone does not let us, it says that and shows the text. */
export function copy(text: string, done: string): void {
  uni.setClipboardData({
    data: text,
    showToast: false,
    success: () => uni.showToast({ title: done, icon: 'none', duration: 4000 }),
    fail: (e: { errMsg?: string }) => {
      const why = /privacy/.test(e?.errMsg ?? '') ? '没有复制：要先同意隐私保护指引。' : '没能复制，可能没有允许使用剪贴板。'
      uni.showModal({ title: '没有复制', content: `${why}\n${text}`, showCancel: false, confirmText: '知道了' })
    },
  })
}
