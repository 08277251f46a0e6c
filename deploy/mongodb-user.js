// Run by the image of MongoDB when its data is new: the programs' own user, who may work in their database and nowhere
// else. The image's root user is for administrators, and for docker-compose.yml to make the replica set.
const { RELAYPOINT_PASSWORD } = process.env;
if (!RELAYPOINT_PASSWORD) throw new Error('RELAYPOINT_PASSWORD is not set');
db.getSiblingDB('relaypoint').createUser({
  user: 'relaypoint',
  pwd: RELAYPOINT_PASSWORD,
  roles: [{ role: 'readWrite', db: 'relaypoint' }],
});
