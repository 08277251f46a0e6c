// The users of server and importer in MongoDB, who may work in the database "relaypoint" and nowhere else; the gateway has none.
// Both read and write all of it: whichever starts first makes indexes and migrates, which takes rights to every collection.
// Again with other passwords it changes them. Run by an administrator of the database, with mongosh on its machine:
//   MONGODB_SERVER_PASSWORD=… MONGODB_IMPORTER_PASSWORD=… mongosh --quiet --norc --file mongodb-users.js
// and by docker-compose.yml (mongodb-replica-set.js).
const database = db.getSiblingDB('relaypoint');
const passwords = {
  'relaypoint-server': process.env.MONGODB_SERVER_PASSWORD,
  'relaypoint-importer': process.env.MONGODB_IMPORTER_PASSWORD,
};
for (const [user, pwd] of Object.entries(passwords)) {
  if (!pwd)
    throw new Error(`the password of ${user} is not set: MONGODB_SERVER_PASSWORD, MONGODB_IMPORTER_PASSWORD`);
  const rights = { pwd, roles: [{ role: 'readWrite', db: 'relaypoint' }] };
  if (database.getUser(user)) database.updateUser(user, rights);
  else database.createUser({ user, ...rights });
}
