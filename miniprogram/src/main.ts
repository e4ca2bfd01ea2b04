import { createPinia } from 'pinia'
import { createSSRApp } from 'vue'
import App from './App.vue'
// #ifdef H5
import { takeScene } from '@/platform/browser'
// #endif

/** uni-app calls this on both platforms. */
export function createApp() {
  // #ifdef H5
  takeScene()
  // #endif
  const app = createSSRApp(App)
  app.use(createPinia())
  return { app }
}
