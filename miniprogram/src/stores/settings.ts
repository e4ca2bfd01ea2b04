import { defineStore } from 'pinia'
import { ref } from 'vue'

const LARGE = 'xinyu.large'

/** The settings of this phone: large type, for tired eyes. */
export const useSettings = defineStore('settings', () => {
  const large = ref(uni.getStorageSync(LARGE) === true)
  function setLarge(on: boolean): void {
    large.value = on
    uni.setStorageSync(LARGE, on)
  }
  return { large, setLarge }
})
