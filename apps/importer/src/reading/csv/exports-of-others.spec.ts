import { domainToASCII } from 'node:url';
import { readRow } from '#domain';
import { ImportFailure } from '../../runs/import-failure.js';
import { openCsv } from './csv-file.js';

/** Which columns were found, from 0, and what each row is; or the fault. */
async function read(file: string): Promise<string[]> {
  const text = async function* (): AsyncGenerator<string> {
    yield await Promise.resolve(file);
  };
  try {
    const csv = await openCsv(text(), 'utf-8', {}, domainToASCII);
    const columns = Object.entries(csv.detected.columns).map(([column, index]) => `${column} ${index}`);
    const rows: string[] = [];
    for await (const record of csv.rows) {
      if (record.kind !== 'cells') throw new Error(record.kind);
      const row = readRow(record.cells, record.line, csv.layout, domainToASCII);
      const name = row.ok ? (row.candidate.fqdn ?? row.candidate.hostName) : 'no';
      const { messages } = row.ok ? row.candidate : row.refused;
      const excluded = row.ok && row.candidate.excluded ? ['excluded'] : [];
      rows.push([record.line, name, ...messages.map(({ code }) => code), ...excluded].join(' '));
    }
    return [columns.join(', '), ...rows];
  } catch (error) {
    if (!(error instanceof ImportFailure)) throw error;
    return [error.fault.code];
  }
}

/** Exports of other programs and lists that people keep, as they look. */
const FILES: [what: string, file: string, found: string[]][] = [
  [
    'the console of Configuration Manager',
    'Icon,Name,Client Type,Client,Site Code,Client Activity\n,PC-A-01,Computer,Yes,S01,Active\n,PC-A-02,Computer,Yes,S01,Active\n',
    ['name 1', '2 PC-A-01', '3 PC-A-02'],
  ],
  [
    'a column Client of yes and no',
    'Client,Name,Device Type\nYes,PC-A-01,Desktop\nYes,PC-A-02,Notebook\n',
    ['name 1', '2 PC-A-01', '3 PC-A-02'],
  ],
  [
    'a query of Configuration Manager',
    'Netbios_Name0,User_Name0,Operating_System_Name_and0\nPC-A-01,schmidt,Windows\nPC-A-02,meier,Windows\n',
    ['name 0, os 2', '2 PC-A-01', '3 PC-A-02'],
  ],
  [
    'a query with Name0',
    'ResourceID,Name0,Resource_Domain_OR_Workgr0,Client0\n16777219,PC-A-01,CORP,1\n16777220,PC-A-02,CORP,1\n',
    ['name 1', '2 PC-A-01', '3 PC-A-02'],
  ],
  [
    'Intune',
    'Device ID,Device name,Managed by,Ownership,Compliance,OS,OS version,Last check-in\na-1,PC-A-01,Intune,Corporate,Compliant,Windows,10.0.1,x\nb-2,PC-A-02,Intune,Corporate,Compliant,Windows,10.0.1,x\n',
    ['name 1, os 5, version 6', '2 PC-A-01', '3 PC-A-02'],
  ],
  [
    'Intune in German',
    'Geräte-ID;Gerätename;Verwaltet von;Besitz;Betriebssystem\na-1;PC-A-01;Intune;Firma;Windows\nb-2;PC-A-02;Intune;Firma;Windows\n',
    ['name 1, os 4', '2 PC-A-01', '3 PC-A-02'],
  ],
  [
    'Lansweeper',
    'AssetID,AssetName,Domain,Username,AssetType,IP Address,OS\n12,PC-A-01,NORD,anna,Windows,10.1.2.3,Win 11\n13,PC-A-02,NORD,otto,Windows,10.1.2.4,Win 11\n',
    ['name 1, domain 2, address 5, os 6', '2 PC-A-01', '3 PC-A-02'],
  ],
  [
    'PDQ Inventory',
    'Computer Name,Computer Host Name,Computer O/S,Computer Online\nPC-A-01,PC-A-01.corp.test,Windows 11,True\nPC-A-02,PC-A-02.corp.test,Windows 11,True\n',
    ['name 0', '2 PC-A-01', '3 PC-A-02'],
  ],
  [
    'PDQ Inventory, names by people beside host names',
    'Name,Host Name,Online Status,O/S\nPC-A-01,PC-A-01.corp.test,Online,Windows 11\nPC-A-02,PC-A-02.corp.test,Online,Windows 11\n',
    ['name 1, os 3', '2 pc-a-01.corp.test', '3 pc-a-02.corp.test'],
  ],
  [
    'GLPI in French, delimiters at the end',
    `"Nom";"Entité";"Statut";"Fabricant";"Numéro de série";"Type";"Modèle";"Système d'exploitation - Nom";"Lieu";\n"PC-A-01";"Racine";"En service";"Dell";"ABC1";"Portable";"E7";"Windows 11";"Lyon";\n"PC-A-02";"Racine";"En service";"Dell";"ABC2";"Portable";"E7";"Windows 11";"Lyon";\n`,
    ['name 0, os 7, location 8', '2 PC-A-01', '3 PC-A-02'],
  ],
  [
    'MeshCentral, where people have named devices',
    'id,name,rname,host,icon,ip,osdesc,groupname\nnode//a,Anna PC,PC-A-01,192.0.2.10,1,10.1.2.3,Windows 11,Nord\nnode//b,Otto PC,PC-A-02,192.0.2.10,1,10.1.2.4,Windows 11,Nord\n',
    ['name 2, address 5', '2 PC-A-01', '3 PC-A-02'],
  ],
  [
    'Tanium',
    'Computer Name,Operating System,IP Address,Count\nPC-A-01.corp.test,Windows,10.1.2.3,1\nPC-A-02.corp.test,Windows,10.1.2.4,1\n[no results],x,y,1\n',
    ['name 0, os 1, address 2', '2 pc-a-01.corp.test', '3 pc-a-02.corp.test', '4 no NAME_BAD_CHARACTER'],
  ],
  [
    'Jamf Pro',
    '"Computer Name","Asset Tag","Serial Number","Last Check-in","IP Address","Operating System Version","Full Name"\n"MAC-A-01","A1","C02","2026-01-01","10.1.2.3","15.1","Anna Schmidt"\n"Anna’s MacBook Pro","A2","C03","2026-01-01","10.1.2.4","15.1","Otto"\n',
    ['name 0, address 4, version 5', '2 MAC-A-01', '3 no NAME_BAD_CHARACTER'],
  ],
  [
    'Defender, with a column for domains',
    '"Device ID","Device Name","Domain","First Seen","OS Platform","OS Version","Last IP Address"\n"abc","pc-a-01.corp.test","corp.test","2026","Windows11","23H2","10.1.2.3"\n"abd","pc-a-02","corp.test","2026","Windows11","23H2","10.1.2.4"\n',
    ['name 1, domain 2, os 4, version 5, address 6', '2 pc-a-01.corp.test', '3 pc-a-02.corp.test'],
  ],
  [
    'a list saved from Active Directory Users and Computers',
    'Name\tTyp\tBeschreibung\nPC-A-01\tComputer\tx\nPC-A-02\tComputer\ty\n',
    ['name 0, description 2', '2 PC-A-01', '3 PC-A-02'],
  ],
  [
    'PowerShell, some without DNS names',
    '"DistinguishedName","DNSHostName","Enabled","Name","ObjectClass","SamAccountName"\n"CN=PC-A-01,OU=x","pc-a-01.corp.test","True","PC-A-01","computer","PC-A-01$"\n"CN=PC-A-02,OU=x","","True","PC-A-02","computer","PC-A-02$"\n',
    ['fqdn 1, enabled 2, name 5', '2 pc-a-01.corp.test', '3 PC-A-02'],
  ],
  [
    'csvde',
    'DN,objectClass,cn,dNSHostName,sAMAccountName\n"CN=PC-A-01,OU=x",computer,PC-A-01,pc-a-01.corp.test,PC-A-01$\n',
    ['name 4, fqdn 3', '2 pc-a-01.corp.test'],
  ],
  ['kinds of devices, a single row', 'Gerät;Name\nNotebook;PC-A-01\n', ['name 1', '2 PC-A-01']],
  [
    'kinds of devices that all differ',
    'Gerät;Name;Standort\nNotebook;PC-A-01;Köln\nDesktop;PC-A-02;Bonn\n',
    ['name 1, location 2', '2 PC-A-01', '3 PC-A-02'],
  ],
  [
    'kinds of devices in French',
    'Poste;Nom;Lieu\nPortable;PC-A-01;Lyon\nPortable;PC-A-02;Lyon\n',
    ['name 1, location 2', '2 PC-A-01', '3 PC-A-02'],
  ],
  [
    'kinds of devices in Spanish',
    'Equipo;Nombre;Ubicación\nPortátil;PC-A-01;Madrid\nSobremesa;PC-A-02;Madrid\nPortátil;PC-A-03;Madrid\n',
    ['name 1, location 2', '2 PC-A-01', '3 PC-A-02', '4 PC-A-03'],
  ],
  [
    'persons beside computers',
    'Name;Computer;Standort\nSchmidt;PC-A-01;Köln\nMüller;PC-A-02;Bonn\n',
    ['name 1, location 2', '2 PC-A-01', '3 PC-A-02'],
  ],
  ['persons beside PCs', 'Name;PC\nSchmidt;PC-A-01\nMüller;PC-A-02\n', ['name 1', '2 PC-A-01', '3 PC-A-02']],
  [
    'customers beside PCs',
    'Client;Poste;Ville\nDupont;PC-A-01;Lyon\nMartin;PC-A-02;Paris\n',
    ['name 1', '2 PC-A-01', '3 PC-A-02'],
  ],
  [
    'logins beside assets',
    'Name;Asset\na.schmidt;PC-A-01\no.meier;PC-A-02\n',
    ['name 1', '2 PC-A-01', '3 PC-A-02'],
  ],
  [
    'addresses beside devices',
    'Host;Gerät\n10.0.0.1;PC-A-01\n10.0.0.2;PC-A-02\n',
    ['name 1', '2 PC-A-01', '3 PC-A-02'],
  ],
  [
    'Italian',
    'Nome computer;Sistema operativo;Posizione;Indirizzo IP;Descrizione\nPC-A-01;Windows;Roma;10.1.2.3;x\n',
    ['name 0, os 1, location 2, address 3, description 4', '2 PC-A-01'],
  ],
  [
    'Spanish',
    'Nombre de equipo;Sistema operativo;Ubicación;Dirección IP;Descripción\nPC-A-01;Windows;Madrid;10.1.2.3;x\n',
    ['name 0, os 1, location 2, address 3, description 4', '2 PC-A-01'],
  ],
  [
    'Dutch',
    'Computernaam;Besturingssysteem;Locatie;IP-adres;Omschrijving\nPC-A-01;Windows;Gent;10.1.2.3;x\n',
    ['name 0, os 1, location 2, address 3, description 4', '2 PC-A-01'],
  ],
  [
    'Polish',
    'Nazwa komputera;System operacyjny;Lokalizacja;Adres IP;Opis\nPC-A-01;Windows;Gdańsk;10.1.2.3;x\n',
    ['name 0, os 1, location 2, address 3, description 4', '2 PC-A-01'],
  ],
  [
    'French',
    `Nom d'ordinateur;Système d'exploitation;Emplacement;Adresse IP;Description;Dernière connexion\nPC-A-01;Windows;Lyon;10.1.2.3;x;2026-01-01\n`,
    ['name 0, os 1, location 2, address 3, description 4, lastLogon 5', '2 PC-A-01'],
  ],
  ['one column, French', 'Ordinateurs\nPC-A-01\nPC-A-02\n', ['name 0', '2 PC-A-01', '3 PC-A-02']],
  ['one column, Dutch', 'Apparaten\nPC-A-01\n', ['name 0', '2 PC-A-01']],
  ['one column, Spanish', 'Dispositivos\nPC-A-01\n', ['name 0', '2 PC-A-01']],
  ['one column, Italian', 'Dispositivi\nPC-A-01\n', ['name 0', '2 PC-A-01']],
  ['one column, Polish', 'Komputery\nPC-A-01\n', ['name 0', '2 PC-A-01']],
  ['one column, German', 'Arbeitsplätze\nPC-A-01\nPC-A-02\n', ['name 0', '2 PC-A-01', '3 PC-A-02']],
  ['one column of laptops', 'Laptops\nPC-A-01\n', ['name 0', '2 PC-A-01']],
  ['one column of endpoints', 'Endpoints\nPC-A-01\n', ['name 0', '2 PC-A-01']],
  ['one column of Endgeräte', 'Endgeräte\nPC-A-01\n', ['name 0', '2 PC-A-01']],
  [
    'a title that is a heading in another language',
    'Postes\nNom du poste,OS\nPC-A-01,x\nPC-A-02,y\n',
    ['name 0, os 1', '3 PC-A-01', '4 PC-A-02'],
  ],
  [
    'a title in Polish',
    'Raport\n\nNazwa komputera;OS;Opis\nPC-A-01;x;y\n',
    ['name 0, os 1, description 2', '4 PC-A-01'],
  ],
  [
    'two lines above the heading',
    'Exported 2026-01-02 by admin\nTotal: 2\n\nHostname,OS,Owner\nPC-A-01,x,y\nPC-A-02,x,y\n',
    ['name 0, os 1', '5 PC-A-01', '6 PC-A-02'],
  ],
  [
    'fifteen lines above the heading',
    'Hinweis 0\nHinweis 1\nHinweis 2\nHinweis 3\nHinweis 4\nHinweis 5\nHinweis 6\nHinweis 7\nHinweis 8\nHinweis 9\nHinweis 10\nHinweis 11\nHinweis 12\nHinweis 13\nHinweis 14\nRechnername;Ort\nPC-A-01;x\nPC-A-02;x\n',
    ['name 0, location 1', '17 PC-A-01', '18 PC-A-02'],
  ],
  [
    'a title of empty cells, Spanish',
    'Lista;;;\n;;;\nNombre de equipo;SO;Lugar;Nota\nPC-A-01;W11;N;a\n',
    ['name 0, location 2', '4 PC-A-01'],
  ],
  [
    'commas within the heading',
    'Hostname;Bemerkung (Raum, Etage, Haus, Nr)\nPC-A-01;12\nPC-A-02;13\n',
    ['name 0', '2 PC-A-01', '3 PC-A-02'],
  ],
  [
    'delimiters at the ends of rows',
    'Name,OS\nPC-A-01,W11,,,\nPC-A-02,W10,\n',
    ['name 0, os 1', '2 PC-A-01', '3 PC-A-02'],
  ],
  [
    'delimiters at the end of the heading',
    'Name;OS;;\nPC-A-01;W11\nPC-A-02;W10;;\n',
    ['name 0, os 1', '2 PC-A-01 CELLS_MISSING', '3 PC-A-02'],
  ],
  [
    'a heading twice with the same in both',
    'Name;Name;OS\nPC-A-01;PC-A-01;x\nPC-A-02;PC-A-02;x\n',
    ['name 0, os 2', '2 PC-A-01', '3 PC-A-02'],
  ],
  [
    'two headings for the DP',
    'Rechnername;Verteilungspunkt (DP);DP-Name\nPC-A-01;north;x\n',
    ['name 0, dp 2', '2 PC-A-01'],
  ],
  ['rows without a heading', 'PC-A-01;Windows 11;Köln\nPC-A-02;Windows 10;Bonn\n', ['NO_NAME_COLUMN']],
  ['a heading that says nothing', 'Bezeichnung;Raum\nPC-A-01;1\nPC-A-02;2\n', ['NO_NAME_COLUMN']],
  [
    'a DNS domain beside the name',
    'Computername;Domäne\nPC-A-01;nord.example.test\nPC-A-01;sued.example.test\n',
    ['name 0, domain 1', '2 pc-a-01.nord.example.test', '3 pc-a-01.sued.example.test'],
  ],
  [
    'a French flag',
    'Nom du poste;Activé\nPC-A-01;Faux\nPC-A-02;Vrai\n',
    ['name 0, enabled 1', '2 PC-A-01 excluded', '3 PC-A-02'],
  ],
  [
    'a German flag',
    'Name;Enabled\nPC-A-01;FALSCH\nPC-A-02;WAHR\n',
    ['name 0, enabled 1', '2 PC-A-01 excluded', '3 PC-A-02'],
  ],
  [
    'quotes of other kinds around names',
    `Name;OS\n'PC-A-01';x\n‘PC-A-02’;x\n«PC-A-03»;x\n`,
    ['name 0, os 1', '2 no NAME_BAD_CHARACTER', '3 no NAME_BAD_CHARACTER', '4 no NAME_BAD_CHARACTER'],
  ],
  ['a hard blank in the heading', 'Computer\u00a0Name;OS\nPC-A-01;x\n', ['name 0, os 1', '2 PC-A-01']],
];

test.each(FILES)('%s', async (...[, file, found]) => {
  expect(await read(file)).toEqual(found);
});
