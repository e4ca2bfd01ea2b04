import { ref, type Ref } from 'vue'
import { toApiError, type ApiError } from '@/api/error'

/** How a page stands: waiting for its first data, showing it, or telling what went wrong. */
export interface Loading<T> {
  data: Ref<T | null>
  error: Ref<ApiError | null>
  busy: Ref<boolean>
  /** Reads anew; what is shown stays while it is read. */
  reload(): Promise<void>
}

/** Loads what a page shows. Only the newest of several readings counts. */
export function loading<T>(read: () => Promise<T>): Loading<T> {
  const data = ref(null) as Ref<T | null>
  const error = ref<ApiError | null>(null)
  const busy = ref(false)
  let newest = 0
  async function reload(): Promise<void> {
    const mine = ++newest
    busy.value = true
    try {
      const answer = await read()
      if (mine === newest) {
        data.value = answer
        error.value = null
      }
    } catch (e) {
      if (mine === newest) error.value = asApiError(e)
    } finally {
      if (mine === newest) busy.value = false
      uni.stopPullDownRefresh()
    }
  }
  return { data, error, busy, reload }
}

/** What was thrown, as an ApiError: a fault of ours must not show its insides. */
export function asApiError(e: unknown): ApiError {
  return typeof e === 'object' && e !== null && 'code' in e && 'message' in e ? (e as ApiError) : toApiError(500, null)
}

/** Runs an act of the person's, with the button busy, and shows why it failed. Answers whether it succeeded. */
export async function act(busy: Ref<boolean>, f: () => Promise<void>): Promise<boolean> {
  if (busy.value) return false
  busy.value = true
  try {
    await f()
    return true
  } catch (e) {
    uni.showToast({ title: asApiError(e).message, icon: 'none', duration: 3500 })
    return false
  } finally {
    busy.value = false
  }
}

/** Asks before something is lost. */
export function ask(title: string, content: string, confirmText: string): Promise<boolean> {
  return new Promise((resolve) =>
    uni.showModal({ title, content, confirmText, cancelText: '返回', confirmColor: '#a63d2f', success: (r) => resolve(r.confirm), fail: () => resolve(false) }),
  )
}
