import { computed, ref, watch, type ComputedRef, type Ref } from 'vue'
import { asApiError, type ApiError } from '@/api/error'
import { forget, keep, kept } from './storage'

export { asApiError }

/** How a page stands: waiting for its first data, showing it, or telling what went wrong. */
export interface Loading<T> {
  data: Ref<T | null>
  error: Ref<ApiError | null>
  busy: Ref<boolean>
  /** There is nothing to show yet. */
  waiting: ComputedRef<boolean>
  /** Why there is nothing to show. */
  failed: ComputedRef<ApiError | null>
  /** Why what is shown may not be the newest. */
  stale: ComputedRef<ApiError | null>
  /** When what is shown was read, where it is from the phone's storage; else 0. */
  keptAt: Ref<number>
  /** Reads anew; what is shown stays while it is read. */
  reload(): Promise<void>
  /** Shows the skeleton until the next reading, because it is about something else. */
  clear(): void
  /** Clears and reads anew. */
  restart(): Promise<void>
}

/**
 * Loads what a page shows. Only the newest of several readings counts. With a
 * name, what was read is kept on the phone and shown when the server can't be
 * reached; an empty name keeps nothing. Of what is confidential, part returns what
 * may be kept; where that is null, what was kept before is forgotten.
 */
export function loading<T>(read: () => Promise<T>, name: () => string = () => '', part: (data: T) => T | null = (data) => data): Loading<T> {
  const data = ref(null) as Ref<T | null>
  const error = ref<ApiError | null>(null)
  const busy = ref(false)
  const keptAt = ref(0)
  let newest = 0
  async function reload(): Promise<void> {
    const mine = ++newest
    const as = name()
    busy.value = true
    try {
      const result = await read()
      if (mine !== newest) return
      data.value = result
      error.value = null
      keptAt.value = 0
      if (as) keepPart(as, part(result))
    } catch (e) {
      if (mine !== newest) return
      error.value = asApiError(e)
      const last = as && data.value === null && isAway(error.value) ? kept<T>(as) : null
      if (last) {
        data.value = last.data
        keptAt.value = last.at
      }
    } finally {
      if (mine === newest) busy.value = false
      uni.stopPullDownRefresh()
    }
  }
  function clear(): void {
    newest++
    data.value = null
    error.value = null
    keptAt.value = 0
  }
  return {
    data,
    error,
    busy,
    keptAt,
    waiting: computed(() => data.value === null && error.value === null),
    failed: computed(() => (data.value === null ? error.value : null)),
    stale: computed(() => (data.value === null ? null : error.value)),
    reload,
    clear,
    restart() {
      clear()
      return reload()
    },
  }
}

function keepPart<T>(as: string, part: T | null): void {
  if (part === null) forget(as)
  else keep(as, part)
}

/** One page of a list, as the API returns it. */
interface Page<T> {
  items: T[]
  nextCursor?: string
}

/** Reads all pages of a list, for what needs the whole of it. */
export async function readAll<T>(read: (cursor?: string) => Promise<Page<T>>): Promise<T[]> {
  const all: T[] = []
  let cursor: string | undefined
  do {
    const page = await read(cursor)
    all.push(...page.items)
    cursor = page.nextCursor
  } while (cursor)
  return all
}

/** The items of a list that is read page by page. */
export interface Paging<T> {
  items: ComputedRef<T[]>
  /** What to say below the list; empty where it is all there. */
  more: ComputedRef<string>
  /** Reads the next page, where there is one. */
  next(): Promise<void>
}

/** Follows a list whose first page was loaded. A reload begins anew. */
export function paging<T>(first: Loading<Page<T>>, read: (cursor: string) => Promise<Page<T>>): Paging<T> {
  const further = ref([]) as Ref<T[]>
  const cursor = ref('')
  const reading = ref(false)
  const failed = ref(false)
  watch(
    first.data,
    (page) => {
      further.value = []
      cursor.value = page?.nextCursor ?? ''
      failed.value = false
    },
    { flush: 'sync' },
  )
  async function next(): Promise<void> {
    if (!cursor.value || reading.value) return
    const list = first.data.value
    reading.value = true
    failed.value = false
    try {
      const page = await read(cursor.value)
      if (list !== first.data.value) return // the list was read anew in between
      further.value.push(...page.items)
      cursor.value = page.nextCursor ?? ''
    } catch {
      failed.value = true
    } finally {
      reading.value = false
    }
  }
  return {
    items: computed(() => [...(first.data.value?.items ?? []), ...further.value]),
    more: computed(() => (failed.value ? '没有连上，往上拉再试' : reading.value ? '正在打开…' : cursor.value ? '往上拉看更多' : '')),
    next,
  }
}

/** Whether the server could not be reached, so that what it returned before is the best there is. */
function isAway(error: ApiError): boolean {
  return error.status === 0 || error.status >= 500
}

/** Runs an action of the person's, with the button busy, and shows why it failed. Returns whether it succeeded. */
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

/** Asks before something is taken back, and why; null where the person thinks better of it. */
export function askWhy(title: string, hint: string, confirmText: string): Promise<string | null> {
  uni.hideToast() // it would lie over the question
  return new Promise((resolve) =>
    uni.showModal({
      title,
      editable: true,
      placeholderText: hint,
      confirmText,
      cancelText: '返回',
      confirmColor: '#a63d2f',
      success: (r) => resolve(r.confirm ? (r.content ?? '').trim() : null),
      fail: () => resolve(null),
    }),
  )
}

/** Asks before something is lost. */
export function ask(title: string, content: string, confirmText: string): Promise<boolean> {
  return new Promise((resolve) =>
    uni.showModal({ title, content, confirmText, cancelText: '返回', confirmColor: '#a63d2f', success: (r) => resolve(r.confirm), fail: () => resolve(false) }),
  )
}
