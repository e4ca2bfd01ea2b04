import type { Platform } from './types'
// #ifdef MP-WEIXIN
import { weixin } from './weixin'
// #endif
// #ifdef H5
import { browser } from './browser'
// #endif

let chosen: Platform
// #ifdef MP-WEIXIN
chosen = weixin
// #endif
// #ifdef H5
chosen = browser
// #endif

/** The platform that this build runs on. */
export const platform: Platform = chosen!
