import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { api } from '@/api/client'
import type { Schema } from '@/api/types'

const CHILD = 'xinyu.child'

/** Who is logged in: roles, children, consents. */
export const useSession = defineStore('session', () => {
  const me = ref<Schema<'IdentityMe'> | null>(null)
  const chosen = ref(uni.getStorageSync(CHILD) as string)

  const children = computed(() => me.value?.children ?? [])
  const pupil = computed(() => me.value?.pupil ?? null)
  /** The child whom the pages show, or the pupil itself. */
  const child = computed(() => pupil.value ?? children.value.find((c) => c.id === chosen.value) ?? children.value[0] ?? null)
  const staff = computed(() => {
    const roles = (me.value?.account.roles ?? []).map((r) => r.role)
    return ['teacher', 'manager', 'counsellor', 'duty'].filter((r) => roles.includes(r))
  })

  /** Reads who is logged in, logging in where needed. */
  async function load(): Promise<void> {
    me.value = await api.get('/me')
  }

  /** Reads it where it is not known yet. */
  async function need(): Promise<void> {
    if (!me.value) await load()
  }

  function choose(id: string): void {
    chosen.value = id
    uni.setStorageSync(CHILD, id)
  }

  /** Forgets everything, after a logout. */
  function reset(): void {
    me.value = null
    choose('')
  }

  return { me, children, pupil, child, staff, load, need, choose, reset }
})
