// Preloaded into WeChat's packer: it asks its maker's host for a list that it can do without. Nothing here contacts a host.
const net = require('node:net')
const connect = net.Socket.prototype.connect
net.Socket.prototype.connect = function (...given) {
  const [options] = Array.isArray(given[0]) ? given[0] : given
  if (!/^(localhost$|127\.|::1$)/.test(options?.host ?? 'localhost')) {
    process.nextTick(() => this.destroy(Object.assign(new Error('offline'), { code: 'ENETUNREACH' })))
    return this
  }
  return connect.apply(this, given)
}
