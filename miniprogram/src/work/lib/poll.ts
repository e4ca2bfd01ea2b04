import { onUnmounted } from 'vue'
import { onHide, onShow } from '@dcloudio/uni-app'

/** Does something now and then while the page is on the screen, and at once whenever it comes back. */
export function whileShown(everyMs: number, what: () => void): void {
  let timer: ReturnType<typeof setInterval> | undefined
  const stop = () => clearInterval(timer)
  onShow(() => {
    stop()
    what()
    timer = setInterval(what, everyMs)
  })
  onHide(stop)
  onUnmounted(stop)
}
