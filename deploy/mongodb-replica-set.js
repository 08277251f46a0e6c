// The health check of MongoDB in docker-compose.yml: makes a replica set of the one server, once, and is content when that
// is its primary and the programs have their users, which it makes once for each container: so passwords changed in .env count as
// soon as that is made anew. Without a replica set no write could be repeated safely, and no dump would
// be of one moment.
const { MONGO_INITDB_ROOT_USERNAME: user, MONGO_INITDB_ROOT_PASSWORD: password } = process.env;
const admin = db.getSiblingDB('admin');
admin.auth(user, password);
if (!admin.hello().setName) {
  admin.runCommand({
    replSetInitiate: { _id: 'relaypoint', members: [{ _id: 0, host: 'mongodb:27017' }] },
  });
}
// the server that the image starts for a moment, to make its users, is no member of a set
const { setName, isWritablePrimary } = admin.hello();
const isPrimary = setName && isWritablePrimary;
const { existsSync, writeFileSync } = require('fs');
const made = '/tmp/relaypoint-users';
if (isPrimary && !(existsSync(made) && db.getSiblingDB('relaypoint').getUser('relaypoint-importer'))) {
  load('/relaypoint/users.js');
  writeFileSync(made, '');
}
quit(isPrimary ? 0 : 1);
