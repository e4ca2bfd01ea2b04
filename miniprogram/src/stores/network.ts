import { defineStore } from 'pinia'
import { ref } from 'vue'
import { api } from '@/api/client'
import type { ApiError } from '@/api/error'
import { CheckInQueue } from '@/lib/checkins'
import { CryQueue, type Cry, type Raised } from '@/lib/cries'
import { retrying } from '@/lib/retry'
import { ReportQueue, type Credited, type Report } from '@/lib/reports'
import { queueStorage } from '@/lib/storage'
import { platform } from '@/platform'

/** Whether there is a network, and what waits for it. */
export const useNetwork = defineStore('network', () => {
  const online = ref(true)
  /** The report that was refused for good last, and why. */
  const refused = ref<{ watchId: string; error: ApiError } | null>(null)
  const credited = ref<{ watchId: string; credited: Credited; report: Report } | null>(null)
  const waitingCheckIns = ref(0)
  /** The calls for help that the server does not have. */
  const unsentCries = ref(0)
  /** How many attempts to send one are under way. */
  const crying = ref(0)
  /** What the server said of the last one. */
  const heard = ref<Raised | null>(null)

  const reports = new ReportQueue({
    storage: queueStorage('reports'),
    send: (id, report) => api.post('/watches/{id}/reports', { path: { id }, body: report }),
    onCredited: (watchId, result, report) => (credited.value = { watchId, credited: result, report }),
    onRefused: (watchId, error) => (refused.value = { watchId, error }),
  })
  const checkIns = new CheckInQueue({
    storage: queueStorage('checkIns'),
    async send({ token, pupilIds }) {
      const { items } = await api.post('/check-ins', { body: { token, pupilIds: pupilIds.length ? pupilIds : undefined } })
      return items
    },
  })

  const cries = new CryQueue({
    storage: queueStorage('cries'),
    async send({ byStaff, level = 'immediate', pupilId, words, selfHarm }) {
      if (byStaff && pupilId) return api.post('/alerts', { body: { pupilId, level, words: words || '安全问题答了“有”' } })
      return (await api.post('/me/alerts', { body: { pupilId: pupilId || undefined, words: words || undefined, selfHarm: selfHarm || undefined } })).alert
    },
  })

  async function sendCries(): Promise<void> {
    crying.value++
    try {
      for (const { result } of await cries.flush()) heard.value = result ?? heard.value
    } finally {
      crying.value--
      count()
    }
  }

  /** Calls for help: it is stored first, then sent, and again until the server has it. */
  function cry(item: Cry): Promise<void> {
    cries.keep(item)
    count()
    return sendCries()
  }

  /** Sends what carries a call for help. The call is stored first; where what carries it fails, for whatever reason, it goes by itself. */
  async function carrying<T>(item: Cry, send: () => Promise<T>): Promise<T> {
    const key = cries.keep(item)
    crying.value++
    unsentCries.value = cries.waiting
    try {
      const result = await send()
      cries.drop(key)
      return result
    } catch (e) {
      void sendCries()
      throw e
    } finally {
      crying.value--
      count()
    }
  }

  /** Sends what waits, and shows what became of kept check-ins. */
  async function flush(): Promise<void> {
    if (cries.waiting) await sendCries()
    await reports.flush()
    for (const { result, error } of await checkIns.flush()) {
      uni.showToast({ title: error ? error.message : `已补交签到 ${result?.length ?? 0} 条`, icon: 'none', duration: 4000 })
    }
    count()
  }

  const retry = retrying(() => cries.waiting + checkIns.waiting + reports.unsent, flush)

  /** Counts what waits, and sees to it that what waits is sent. */
  function count(): void {
    waitingCheckIns.value = checkIns.waiting
    unsentCries.value = cries.waiting
    retry()
  }

  function watch(): void {
    count()
    uni.getNetworkType({ success: (r) => (online.value = r.networkType !== 'none') })
    platform.onNetwork((up) => {
      online.value = up
      if (up) void flush()
    })
  }

  return { online, unsentCries, crying, heard, cry, carrying, credited, refused, reports, checkIns, waitingCheckIns, flush, count, watch }
})
