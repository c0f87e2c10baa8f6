// A real PDS (@atproto/pds) and the directory it needs (@did-plc/server, in memory), on 127.0.0.1 alone.
// node server.cjs MODULES DIR PDS_PORT PLC_PORT ADMIN_PASSWORD
const { createRequire } = require('node:module')
const { randomBytes } = require('node:crypto')
const { mkdirSync } = require('node:fs')
const net = require('node:net')
const path = require('node:path')

const [modules, dir, pdsPort, plcPort, adminPassword] = process.argv.slice(2)
const load = createRequire(path.join(modules, 'package.json'))

// Both listen on every interface by default.
const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (port, ...rest) {
  if (typeof port === 'number' || typeof port === 'string') {
    return listen.call(this, { port: Number(port), host: '127.0.0.1' }, rest.find((one) => typeof one === 'function'))
  }
  return listen.call(this, port, ...rest)
}

const secret = () => randomBytes(32).toString('hex')

async function main() {
  const { PlcServer, Database } = load('@did-plc/server')
  const plc = PlcServer.create({ db: Database.mock(), port: Number(plcPort) })
  await plc.start()
  const { PDS, envToCfg, envToSecrets } = load('@atproto/pds')
  const data = path.join(dir, 'data')
  mkdirSync(path.join(data, 'blobs'), { recursive: true })
  const env = {
    port: Number(pdsPort),
    hostname: 'localhost',
    devMode: true,
    dataDirectory: data,
    blobstoreDiskLocation: path.join(data, 'blobs'),
    didPlcUrl: `http://127.0.0.1:${plcPort}`,
    didCacheStaleTTL: 0,
    didCacheMaxTTL: 0,
    serviceHandleDomains: ['.test'],
    inviteRequired: false,
    disableSsrfProtection: true,
    crawlers: [],
    jwtSecret: secret(),
    dpopSecret: secret(),
    adminPassword,
    plcRotationKeyK256PrivateKeyHex: secret(),
  }
  const pds = await PDS.create(envToCfg(env), envToSecrets(env))
  await pds.start()
  console.log('ready')
  const end = () => Promise.allSettled([pds.destroy(), plc.destroy()]).then(() => process.exit(0))
  process.on('SIGTERM', end)
  process.on('SIGINT', end)
}

main().catch((error) => {
  console.error(error)
  process.exit(1)
})
