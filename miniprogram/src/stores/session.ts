import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { api } from '@/api/client'
import { isOffline, type ApiError } from '@/api/error'
import type { Schema } from '@/api/types'
import { CHILD, forgetPerson, keep, kept } from '@/lib/storage'
import { useMessages } from './messages'
import { useNetwork } from './network'
import { useRooms } from './rooms'

/** Who is logged in: roles, children, consents. */
export const useSession = defineStore('session', () => {
  const me = ref<Schema<'IdentityMe'> | null>(null)
  const chosen = ref(uni.getStorageSync(CHILD) as string)

  const children = computed(() => me.value?.children ?? [])
  /** The claims that wait for a teacher, or have lately ended without a binding. */
  const claims = computed(() => me.value?.claims ?? [])
  const pupil = computed(() => me.value?.pupil ?? null)
  /** The child whom the pages show, or the pupil itself. */
  const child = computed(() => pupil.value ?? children.value.find((c) => c.id === chosen.value) ?? children.value[0] ?? null)
  const staff = computed(() => {
    const roles: string[] = (me.value?.account.roles ?? []).map((r) => r.role)
    return ['teacher', 'manager', 'counsellor', 'duty'].filter((r) => roles.includes(r))
  })

  let reading: Promise<void> | null = null

  /** Reads who is logged in, logging in where needed. */
  async function load(): Promise<void> {
    try {
      me.value = await api.get('/me')
      keep('me', me.value)
    } catch (e) {
      const last = kept<Schema<'IdentityMe'>>('me')
      if (!isOffline(e as ApiError) || !last) throw e
      me.value ??= last.data // without network, whoever it was last time
    }
  }

  /** Reads it where it is not known yet; pages that ask at once share one reading. */
  async function need(): Promise<void> {
    if (me.value) return
    reading ??= load().finally(() => (reading = null))
    await reading
  }

  function choose(id: string): void {
    chosen.value = id
    uni.setStorageSync(CHILD, id)
  }

  /** Forgets everything, after a logout. */
  function reset(): void {
    me.value = null
    chosen.value = ''
    forgetPerson()
    useNetwork().count()
    useNetwork().heard = null
    useRooms().rooms = null
    useMessages().items = null
  }

  return { me, children, claims, pupil, child, staff, load, need, choose, reset }
})
