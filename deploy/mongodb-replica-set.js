// The health check of MongoDB in docker-compose.yml: makes a replica set of the one server, once, and is content when that
// is its primary. Without a replica set no write could be repeated safely, and no dump would be of one moment.
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
quit(setName && isWritablePrimary ? 0 : 1);
