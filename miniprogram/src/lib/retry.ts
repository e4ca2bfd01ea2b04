import { mayYetSucceed, type ApiError } from '@/api/error'

/** The first and the longest pause between two tries. */
const FIRST_MS = 4000
const LONGEST_MS = 60_000

/**
 * Tries again, with longer and longer pauses, as long as something waits to be
 * sent. The returned function is called whenever something may have been kept.
 */
export function retrying(waiting: () => number, send: () => Promise<unknown>): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let pause = FIRST_MS
  function plan(): void {
    if (timer !== undefined) return
    if (waiting() === 0) {
      pause = FIRST_MS
      return
    }
    timer = setTimeout(() => {
      void send().finally(() => {
        timer = undefined
        plan()
      })
    }, pause)
    pause = Math.min(2 * pause, LONGEST_MS)
  }
  return plan
}

/** Sends what can't be kept for later, again and again for so long, as long as it may yet succeed. */
export async function persist<T>(forMs: number, send: () => Promise<T>): Promise<T> {
  const end = Date.now() + forMs
  for (let pause = 1000; ; pause *= 2) {
    try {
      return await send()
    } catch (e) {
      const ms = Math.max(pause, ((e as ApiError).retryAfterSeconds ?? 0) * 1000)
      if (!mayYetSucceed(e as ApiError) || Date.now() + ms > end) throw e
      await new Promise((resolve) => setTimeout(resolve, ms))
    }
  }
}
