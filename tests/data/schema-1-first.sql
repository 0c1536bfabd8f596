-- A store of schema 1 as the first server wrote it (92dcc66).
BEGIN TRANSACTION;
CREATE TABLE api_keys (
	id VARCHAR NOT NULL,
	project_id VARCHAR NOT NULL,
	name VARCHAR NOT NULL,
	role VARCHAR(6) NOT NULL,
	token_hash VARCHAR NOT NULL,
	last4 VARCHAR NOT NULL,
	created VARCHAR NOT NULL,
	created_by VARCHAR,
	last_used VARCHAR,
	PRIMARY KEY (id),
	FOREIGN KEY(project_id) REFERENCES projects (id),
	UNIQUE (token_hash)
);
INSERT INTO "api_keys" VALUES('key_01m8na8cgymtepdae984z1sh3m','prj_01m8na874e4kcqkc04w6ywpe6q','filler','admin','0d1a2c0f84560622fc5081bf15da2a913d109e61c76bba5bf09a25581f5ac66c','DJkr','2026-11-30T04:08:53.534Z',NULL,'2026-11-30T04:08:54.277Z');
CREATE TABLE connections (
	id VARCHAR NOT NULL,
	project_id VARCHAR NOT NULL,
	name VARCHAR NOT NULL,
	piece VARCHAR NOT NULL,
	secret BLOB NOT NULL,
	status VARCHAR NOT NULL,
	error VARCHAR,
	created VARCHAR NOT NULL,
	updated VARCHAR NOT NULL,
	checked VARCHAR,
	PRIMARY KEY (id),
	FOREIGN KEY(project_id) REFERENCES projects (id)
);
INSERT INTO "connections" VALUES('con_01m8na8d8rxmvtjgx17pvyvsyp','prj_01m8na874e4kcqkc04w6ywpe6q','orders-signing','webhook',X'01EB6EBEAA308DA969633982DCAC57DE850B0AC3B0B345D968B86F2158A36B18984F47AFB58BDCD4B1CB1405C63BC8CFF09405FB9F656AAD5E2C6BC1C0E85CB38C','unchecked',NULL,'2026-11-30T04:08:54.296Z','2026-11-30T04:08:54.296Z',NULL);
CREATE TABLE dedupe (
	flow_id VARCHAR NOT NULL,
	"key" VARCHAR NOT NULL,
	run_id VARCHAR NOT NULL,
	created VARCHAR NOT NULL,
	PRIMARY KEY (flow_id, "key")
);
INSERT INTO "dedupe" VALUES('flow_01m8na8d96znfs817shdrzn414','own:order paid','run_01m8na8d9y49a574y7nygp9fja','2026-11-30T04:08:54.334Z');
INSERT INTO "dedupe" VALUES('flow_01m8na8d96znfs817shdrzn414','own:order later','run_01m8na8dacnshkemy5k48yse0q','2026-11-30T04:08:54.348Z');
INSERT INTO "dedupe" VALUES('flow_01m8na8d96znfs817shdrzn414','own:order broken','run_01m8na8dag5c5npq8bjz179t04','2026-11-30T04:08:54.352Z');
INSERT INTO "dedupe" VALUES('flow_01m8na8d96znfs817shdrzn414','own:order unheard of','run_01m8na8desvfeq272ags90c9sm','2026-11-30T04:08:54.489Z');
CREATE TABLE events (
	id VARCHAR NOT NULL,
	action VARCHAR NOT NULL,
	project_id VARCHAR,
	user_id VARCHAR,
	envelope BLOB NOT NULL,
	created VARCHAR NOT NULL,
	PRIMARY KEY (id)
);
INSERT INTO "events" VALUES('evt_01m8na874jkrrrdyqswmjkxtwn','project.created','prj_01m8na874e4kcqkc04w6ywpe6q',NULL,CAST('{"id":"evt_01m8na874jkrrrdyqswmjkxtwn","created":"2026-11-30T04:08:48.018Z","updated":"2026-11-30T04:08:48.018Z","action":"project.created","platformId":"switchyard","projectId":"prj_01m8na874e4kcqkc04w6ywpe6q","data":{"project":{"id":"prj_01m8na874e4kcqkc04w6ywpe6q","displayName":"Default"}}}' AS BLOB),'2026-11-30T04:08:48.018Z');
INSERT INTO "events" VALUES('evt_01m8na87dgqdsv3ntt88atw7zn','user.signed.up',NULL,'usr_01m8na87dcwxg3238twcztj926',CAST('{"id":"evt_01m8na87dgqdsv3ntt88atw7zn","created":"2026-11-30T04:08:48.304Z","updated":"2026-11-30T04:08:48.304Z","action":"user.signed.up","platformId":"switchyard","userId":"usr_01m8na87dcwxg3238twcztj926","userEmail":"admin@example.com","data":{"user":{"id":"usr_01m8na87dcwxg3238twcztj926","email":"admin@example.com","displayName":"admin","firstName":"admin","lastName":""},"source":"credentials"}}' AS BLOB),'2026-11-30T04:08:48.304Z');
INSERT INTO "events" VALUES('evt_01m8na8ch1mqvr4q2j2gbpw4gb','api_key.created','prj_01m8na874e4kcqkc04w6ywpe6q',NULL,CAST('{"id":"evt_01m8na8ch1mqvr4q2j2gbpw4gb","created":"2026-11-30T04:08:53.535Z","updated":"2026-11-30T04:08:53.535Z","action":"api_key.created","platformId":"switchyard","projectId":"prj_01m8na874e4kcqkc04w6ywpe6q","data":{"apiKey":{"id":"key_01m8na8cgymtepdae984z1sh3m","displayName":"filler","role":"admin","last4":"DJkr"}}}' AS BLOB),'2026-11-30T04:08:53.535Z');
INSERT INTO "events" VALUES('evt_01m8na8d8vm8hg74qsgz4163fd','connection.upserted','prj_01m8na874e4kcqkc04w6ywpe6q',NULL,CAST('{"id":"evt_01m8na8d8vm8hg74qsgz4163fd","created":"2026-11-30T04:08:54.299Z","updated":"2026-11-30T04:08:54.299Z","action":"connection.upserted","platformId":"switchyard","projectId":"prj_01m8na874e4kcqkc04w6ywpe6q","ip":"127.0.0.1","data":{"connection":{"id":"con_01m8na8d8rxmvtjgx17pvyvsyp","displayName":"orders-signing","externalId":"orders-signing","pieceName":"webhook","status":"UNCHECKED","type":"CUSTOM_AUTH","created":"2026-11-30T04:08:54.296Z","updated":"2026-11-30T04:08:54.296Z"}}}' AS BLOB),'2026-11-30T04:08:54.299Z');
INSERT INTO "events" VALUES('evt_01m8na8d97etg63342j6j3759b','flow.created','prj_01m8na874e4kcqkc04w6ywpe6q',NULL,CAST('{"id":"evt_01m8na8d97etg63342j6j3759b","created":"2026-11-30T04:08:54.311Z","updated":"2026-11-30T04:08:54.311Z","action":"flow.created","platformId":"switchyard","projectId":"prj_01m8na874e4kcqkc04w6ywpe6q","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na8d96znfs817shdrzn414","externalId":"flow_01m8na8d96znfs817shdrzn414","displayName":"Orders","created":"2026-11-30T04:08:54.310Z","updated":"2026-11-30T04:08:54.310Z"}}}' AS BLOB),'2026-11-30T04:08:54.311Z');
INSERT INTO "events" VALUES('evt_01m8na8d9j55167r5g8wcnkg2f','flow.published','prj_01m8na874e4kcqkc04w6ywpe6q',NULL,CAST('{"id":"evt_01m8na8d9j55167r5g8wcnkg2f","created":"2026-11-30T04:08:54.322Z","updated":"2026-11-30T04:08:54.322Z","action":"flow.published","platformId":"switchyard","projectId":"prj_01m8na874e4kcqkc04w6ywpe6q","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na8d96znfs817shdrzn414","externalId":"flow_01m8na8d96znfs817shdrzn414","displayName":"Orders","created":"2026-11-30T04:08:54.310Z","updated":"2026-11-30T04:08:54.322Z"},"flowVersion":{"id":"ver_01m8na8d9hswdqrk53eg6etsae","displayName":"Orders","flowId":"flow_01m8na8d96znfs817shdrzn414","number":1,"created":"2026-11-30T04:08:54.310Z","updated":"2026-11-30T04:08:54.322Z"}}}' AS BLOB),'2026-11-30T04:08:54.322Z');
INSERT INTO "events" VALUES('evt_01m8na8d9mhjk504zr42bk9qgm','flow.activated','prj_01m8na874e4kcqkc04w6ywpe6q',NULL,CAST('{"id":"evt_01m8na8d9mhjk504zr42bk9qgm","created":"2026-11-30T04:08:54.324Z","updated":"2026-11-30T04:08:54.324Z","action":"flow.activated","platformId":"switchyard","projectId":"prj_01m8na874e4kcqkc04w6ywpe6q","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na8d96znfs817shdrzn414","externalId":"flow_01m8na8d96znfs817shdrzn414","displayName":"Orders","created":"2026-11-30T04:08:54.310Z","updated":"2026-11-30T04:08:54.322Z"},"flowVersion":{"id":"ver_01m8na8d9hswdqrk53eg6etsae","displayName":"Orders","flowId":"flow_01m8na8d96znfs817shdrzn414","number":1,"created":"2026-11-30T04:08:54.310Z","updated":"2026-11-30T04:08:54.322Z"}}}' AS BLOB),'2026-11-30T04:08:54.324Z');
INSERT INTO "events" VALUES('evt_01m8na8df04cgjxkw1a3y15td7','flow.run.failed','prj_01m8na874e4kcqkc04w6ywpe6q',NULL,CAST('{"id":"evt_01m8na8df04cgjxkw1a3y15td7","created":"2026-11-30T04:08:54.488Z","updated":"2026-11-30T04:08:54.488Z","action":"flow.run.failed","platformId":"switchyard","projectId":"prj_01m8na874e4kcqkc04w6ywpe6q","data":{"flowRun":{"id":"run_01m8na8dag5c5npq8bjz179t04","startTime":"2026-11-30T04:08:54.354Z","finishTime":"2026-11-30T04:08:54.488Z","duration":134,"environment":"PRODUCTION","flowId":"flow_01m8na8d96znfs817shdrzn414","flowVersionId":"ver_01m8na8d9hswdqrk53eg6etsae","flowDisplayName":"Orders","status":"FAILED","triggeredBy":"webhook","stepNameToTest":null,"unrouted":false,"warnings":0,"error":{"step":"call","message":"127.0.0.1 is not a public address; SWITCHYARD_EGRESS_ALLOW names the private ones in use"}}}}' AS BLOB),'2026-11-30T04:08:54.488Z');
INSERT INTO "events" VALUES('evt_01m8na8dfj46acz573v99w4mjq','flow.run.unrouted','prj_01m8na874e4kcqkc04w6ywpe6q',NULL,CAST('{"id":"evt_01m8na8dfj46acz573v99w4mjq","created":"2026-11-30T04:08:54.514Z","updated":"2026-11-30T04:08:54.514Z","action":"flow.run.unrouted","platformId":"switchyard","projectId":"prj_01m8na874e4kcqkc04w6ywpe6q","data":{"flowRun":{"id":"run_01m8na8desvfeq272ags90c9sm","startTime":"2026-11-30T04:08:54.514Z","finishTime":"2026-11-30T04:08:54.514Z","duration":0,"environment":"PRODUCTION","flowId":"flow_01m8na8d96znfs817shdrzn414","flowVersionId":"ver_01m8na8d9hswdqrk53eg6etsae","flowDisplayName":"Orders","status":"SUCCEEDED","triggeredBy":"webhook","stepNameToTest":null,"unrouted":true,"warnings":0,"error":null}}}' AS BLOB),'2026-11-30T04:08:54.514Z');
INSERT INTO "events" VALUES('evt_01m8na8dknp335c9694m082347','flow.created','prj_01m8na874e4kcqkc04w6ywpe6q',NULL,CAST('{"id":"evt_01m8na8dknp335c9694m082347","created":"2026-11-30T04:08:54.645Z","updated":"2026-11-30T04:08:54.645Z","action":"flow.created","platformId":"switchyard","projectId":"prj_01m8na874e4kcqkc04w6ywpe6q","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na8dkm0zsbs1kfk6tcnb4d","externalId":"flow_01m8na8dkm0zsbs1kfk6tcnb4d","displayName":"Agents","created":"2026-11-30T04:08:54.644Z","updated":"2026-11-30T04:08:54.644Z"}}}' AS BLOB),'2026-11-30T04:08:54.645Z');
INSERT INTO "events" VALUES('evt_01m8na8dksbwydm26qhv2a3qev','flow.published','prj_01m8na874e4kcqkc04w6ywpe6q',NULL,CAST('{"id":"evt_01m8na8dksbwydm26qhv2a3qev","created":"2026-11-30T04:08:54.649Z","updated":"2026-11-30T04:08:54.649Z","action":"flow.published","platformId":"switchyard","projectId":"prj_01m8na874e4kcqkc04w6ywpe6q","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na8dkm0zsbs1kfk6tcnb4d","externalId":"flow_01m8na8dkm0zsbs1kfk6tcnb4d","displayName":"Agents","created":"2026-11-30T04:08:54.644Z","updated":"2026-11-30T04:08:54.649Z"},"flowVersion":{"id":"ver_01m8na8dkrprwkrt9kgftvy7az","displayName":"Agents","flowId":"flow_01m8na8dkm0zsbs1kfk6tcnb4d","number":1,"created":"2026-11-30T04:08:54.644Z","updated":"2026-11-30T04:08:54.649Z"}}}' AS BLOB),'2026-11-30T04:08:54.649Z');
INSERT INTO "events" VALUES('evt_01m8na8dktbcf36mkbv4dbbb0b','flow.activated','prj_01m8na874e4kcqkc04w6ywpe6q',NULL,CAST('{"id":"evt_01m8na8dktbcf36mkbv4dbbb0b","created":"2026-11-30T04:08:54.650Z","updated":"2026-11-30T04:08:54.650Z","action":"flow.activated","platformId":"switchyard","projectId":"prj_01m8na874e4kcqkc04w6ywpe6q","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na8dkm0zsbs1kfk6tcnb4d","externalId":"flow_01m8na8dkm0zsbs1kfk6tcnb4d","displayName":"Agents","created":"2026-11-30T04:08:54.644Z","updated":"2026-11-30T04:08:54.649Z"},"flowVersion":{"id":"ver_01m8na8dkrprwkrt9kgftvy7az","displayName":"Agents","flowId":"flow_01m8na8dkm0zsbs1kfk6tcnb4d","number":1,"created":"2026-11-30T04:08:54.644Z","updated":"2026-11-30T04:08:54.649Z"}}}' AS BLOB),'2026-11-30T04:08:54.650Z');
INSERT INTO "events" VALUES('evt_01m8na8dm9j4dxnk6yk9egagh5','flow.created','prj_01m8na874e4kcqkc04w6ywpe6q',NULL,CAST('{"id":"evt_01m8na8dm9j4dxnk6yk9egagh5","created":"2026-11-30T04:08:54.665Z","updated":"2026-11-30T04:08:54.665Z","action":"flow.created","platformId":"switchyard","projectId":"prj_01m8na874e4kcqkc04w6ywpe6q","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na8dm9ak8xq4224eetz7vf","externalId":"flow_01m8na8dm9ak8xq4224eetz7vf","displayName":"Switched off","created":"2026-11-30T04:08:54.665Z","updated":"2026-11-30T04:08:54.665Z"}}}' AS BLOB),'2026-11-30T04:08:54.665Z');
INSERT INTO "events" VALUES('evt_01m8na8dme4ce03btqykfkpkse','flow.published','prj_01m8na874e4kcqkc04w6ywpe6q',NULL,CAST('{"id":"evt_01m8na8dme4ce03btqykfkpkse","created":"2026-11-30T04:08:54.670Z","updated":"2026-11-30T04:08:54.670Z","action":"flow.published","platformId":"switchyard","projectId":"prj_01m8na874e4kcqkc04w6ywpe6q","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na8dm9ak8xq4224eetz7vf","externalId":"flow_01m8na8dm9ak8xq4224eetz7vf","displayName":"Switched off","created":"2026-11-30T04:08:54.665Z","updated":"2026-11-30T04:08:54.670Z"},"flowVersion":{"id":"ver_01m8na8dme7rdk7x0qtcvgh2yr","displayName":"Switched off","flowId":"flow_01m8na8dm9ak8xq4224eetz7vf","number":1,"created":"2026-11-30T04:08:54.665Z","updated":"2026-11-30T04:08:54.670Z"}}}' AS BLOB),'2026-11-30T04:08:54.670Z');
INSERT INTO "events" VALUES('evt_01m8na8dmfej1a6vvbax743e21','flow.activated','prj_01m8na874e4kcqkc04w6ywpe6q',NULL,CAST('{"id":"evt_01m8na8dmfej1a6vvbax743e21","created":"2026-11-30T04:08:54.671Z","updated":"2026-11-30T04:08:54.671Z","action":"flow.activated","platformId":"switchyard","projectId":"prj_01m8na874e4kcqkc04w6ywpe6q","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na8dm9ak8xq4224eetz7vf","externalId":"flow_01m8na8dm9ak8xq4224eetz7vf","displayName":"Switched off","created":"2026-11-30T04:08:54.665Z","updated":"2026-11-30T04:08:54.670Z"},"flowVersion":{"id":"ver_01m8na8dme7rdk7x0qtcvgh2yr","displayName":"Switched off","flowId":"flow_01m8na8dm9ak8xq4224eetz7vf","number":1,"created":"2026-11-30T04:08:54.665Z","updated":"2026-11-30T04:08:54.670Z"}}}' AS BLOB),'2026-11-30T04:08:54.671Z');
INSERT INTO "events" VALUES('evt_01m8na8dmtv91gjefh1yfy5xra','flow.deactivated','prj_01m8na874e4kcqkc04w6ywpe6q',NULL,CAST('{"id":"evt_01m8na8dmtv91gjefh1yfy5xra","created":"2026-11-30T04:08:54.682Z","updated":"2026-11-30T04:08:54.682Z","action":"flow.deactivated","platformId":"switchyard","projectId":"prj_01m8na874e4kcqkc04w6ywpe6q","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na8dm9ak8xq4224eetz7vf","externalId":"flow_01m8na8dm9ak8xq4224eetz7vf","displayName":"Switched off","created":"2026-11-30T04:08:54.665Z","updated":"2026-11-30T04:08:54.681Z"},"flowVersion":{"id":"ver_01m8na8dme7rdk7x0qtcvgh2yr","displayName":"Switched off","flowId":"flow_01m8na8dm9ak8xq4224eetz7vf","number":1,"created":"2026-11-30T04:08:54.665Z","updated":"2026-11-30T04:08:54.681Z"}}}' AS BLOB),'2026-11-30T04:08:54.682Z');
INSERT INTO "events" VALUES('evt_01m8na8dmyd0879y3debmsp9cq','flow.created','prj_01m8na874e4kcqkc04w6ywpe6q',NULL,CAST('{"id":"evt_01m8na8dmyd0879y3debmsp9cq","created":"2026-11-30T04:08:54.686Z","updated":"2026-11-30T04:08:54.686Z","action":"flow.created","platformId":"switchyard","projectId":"prj_01m8na874e4kcqkc04w6ywpe6q","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na8dmy6qhzg95d76k73ebm","externalId":"flow_01m8na8dmy6qhzg95d76k73ebm","displayName":"Deleted","created":"2026-11-30T04:08:54.686Z","updated":"2026-11-30T04:08:54.686Z"}}}' AS BLOB),'2026-11-30T04:08:54.686Z');
INSERT INTO "events" VALUES('evt_01m8na8dnct8n2hgwmc9dm00a5','flow.deleted','prj_01m8na874e4kcqkc04w6ywpe6q',NULL,CAST('{"id":"evt_01m8na8dnct8n2hgwmc9dm00a5","created":"2026-11-30T04:08:54.700Z","updated":"2026-11-30T04:08:54.700Z","action":"flow.deleted","platformId":"switchyard","projectId":"prj_01m8na874e4kcqkc04w6ywpe6q","ip":"127.0.0.1","data":{"flow":{"id":"flow_01m8na8dmy6qhzg95d76k73ebm","externalId":"flow_01m8na8dmy6qhzg95d76k73ebm","displayName":"Deleted","created":"2026-11-30T04:08:54.686Z","updated":"2026-11-30T04:08:54.686Z"}}}' AS BLOB),'2026-11-30T04:08:54.700Z');
CREATE TABLE flow_versions (
	id VARCHAR NOT NULL,
	project_id VARCHAR NOT NULL,
	flow_id VARCHAR NOT NULL,
	number INTEGER NOT NULL,
	definition VARCHAR NOT NULL,
	digest VARCHAR NOT NULL,
	note VARCHAR NOT NULL,
	created VARCHAR NOT NULL,
	created_by VARCHAR,
	PRIMARY KEY (id),
	FOREIGN KEY(project_id) REFERENCES projects (id),
	FOREIGN KEY(flow_id) REFERENCES flows (id)
);
INSERT INTO "flow_versions" VALUES('ver_01m8na8d9hswdqrk53eg6etsae','prj_01m8na874e4kcqkc04w6ywpe6q','flow_01m8na8d96znfs817shdrzn414',1,'{
  "format": 1,
  "name": "Orders",
  "triggers": [
    {
      "name": "webhook",
      "piece": "webhook",
      "trigger": "catch",
      "input": {
        "verify": {
          "scheme": "github",
          "connection": "orders-signing"
        },
        "dedupe": "trigger.body.id"
      }
    }
  ],
  "start": "by_kind",
  "steps": {
    "by_kind": {
      "type": "router",
      "key": "trigger.body.kind",
      "branches": [
        {
          "name": "Paid",
          "case": [
            "paid"
          ],
          "next": "remember"
        },
        {
          "name": "Later",
          "case": [
            "later"
          ],
          "next": "wait"
        },
        {
          "name": "Broken",
          "case": [
            "broken"
          ],
          "next": "call"
        }
      ],
      "next": null
    },
    "remember": {
      "type": "action",
      "piece": "store",
      "action": "put",
      "input": {
        "key": "last order",
        "value": "{{ trigger.body.id }}"
      },
      "next": "total"
    },
    "total": {
      "type": "action",
      "piece": "data",
      "action": "compose",
      "input": {
        "value": {
          "order": "{{ trigger.body.id }}"
        }
      },
      "next": null
    },
    "wait": {
      "type": "action",
      "piece": "delay",
      "action": "delay_for",
      "input": {
        "duration": 9,
        "unit": "days"
      },
      "next": null
    },
    "call": {
      "type": "action",
      "piece": "http",
      "action": "request",
      "input": {
        "method": "GET",
        "url": "http://127.0.0.1:9/refused"
      },
      "next": null
    }
  },
  "samples": {
    "paid": {
      "body": {
        "kind": "paid",
        "id": "o-1"
      }
    }
  }
}
','6248cc37eb20cbca84044e5ed4af67c72e6c9efae1c00a0037b8d5f060f3c4a6','','2026-11-30T04:08:54.321Z','key_01m8na8cgymtepdae984z1sh3m');
INSERT INTO "flow_versions" VALUES('ver_01m8na8dgd4scfjcn6fqmbttq4','prj_01m8na874e4kcqkc04w6ywpe6q','flow_01m8na8d96znfs817shdrzn414',0,'{
  "format": 1,
  "name": "Orders",
  "triggers": [
    {
      "name": "webhook",
      "piece": "webhook",
      "trigger": "catch",
      "input": {
        "verify": {
          "scheme": "github",
          "connection": "orders-signing"
        },
        "dedupe": "trigger.body.id"
      }
    }
  ],
  "start": "by_kind",
  "steps": {
    "by_kind": {
      "type": "router",
      "key": "trigger.body.kind",
      "branches": [
        {
          "name": "Paid",
          "case": [
            "paid"
          ],
          "next": "remember"
        },
        {
          "name": "Later",
          "case": [
            "later"
          ],
          "next": "wait"
        },
        {
          "name": "Broken",
          "case": [
            "broken"
          ],
          "next": "call"
        }
      ],
      "next": null
    },
    "remember": {
      "type": "action",
      "piece": "store",
      "action": "put",
      "input": {
        "key": "last order",
        "value": "{{ trigger.body.id }}"
      },
      "next": "total"
    },
    "total": {
      "type": "action",
      "piece": "data",
      "action": "compose",
      "input": {
        "value": {
          "order": "{{ trigger.body.id }}"
        }
      },
      "next": null
    },
    "wait": {
      "type": "action",
      "piece": "delay",
      "action": "delay_for",
      "input": {
        "duration": 9,
        "unit": "days"
      },
      "next": null
    },
    "call": {
      "type": "action",
      "piece": "http",
      "action": "request",
      "input": {
        "method": "GET",
        "url": "http://127.0.0.1:9/refused"
      },
      "next": null
    }
  },
  "samples": {
    "paid": {
      "body": {
        "kind": "paid",
        "id": "o-1"
      }
    }
  }
}
','6248cc37eb20cbca84044e5ed4af67c72e6c9efae1c00a0037b8d5f060f3c4a6','','2026-11-30T04:08:54.541Z','key_01m8na8cgymtepdae984z1sh3m');
INSERT INTO "flow_versions" VALUES('ver_01m8na8dkrprwkrt9kgftvy7az','prj_01m8na874e4kcqkc04w6ywpe6q','flow_01m8na8dkm0zsbs1kfk6tcnb4d',1,'{
  "format": 1,
  "name": "Agents",
  "description": "Routes 1 of the events that Deck sends.",
  "triggers": [
    {
      "name": "webhook",
      "piece": "webhook",
      "trigger": "catch",
      "input": {
        "verify": {
          "scheme": "none"
        }
      }
    }
  ],
  "start": "by_event",
  "steps": {
    "by_event": {
      "type": "router",
      "title": "By event",
      "key": "trigger.body.type",
      "branches": [
        {
          "name": "Agent created",
          "case": [
            "agent.created"
          ],
          "next": null
        }
      ],
      "otherwise": {
        "next": null
      },
      "next": null
    }
  },
  "samples": {
    "agent.created": {
      "body": {
        "id": "evt_01jm0001x7kq2r9v",
        "object": "event",
        "type": "agent.created",
        "data": {
          "id": "agt_a1b2c3d4",
          "object": "agent",
          "name": "Invoice collector",
          "created_at": "2026-02-14T09:30:00Z",
          "updated_at": "2026-02-14T09:30:00Z"
        },
        "created_at": "2026-02-14T09:31:12Z"
      }
    }
  },
  "notes": [
    {
      "text": "Events of Deck, one branch each. Add steps to the branches you care about; test each branch with its stored sample; publish; then give this flow''s webhook address to Deck.\n\nNothing is verified: anyone who knows the address can send events.\n\nWhat no branch knows goes to “otherwise”. Remove it to see such events under Unrouted.",
      "step": "by_event"
    }
  ]
}
','1d3636dd2b704b4d6a468104ff228502c66b5edc45af1db0fa9fd52c6af351e3','','2026-11-30T04:08:54.649Z','key_01m8na8cgymtepdae984z1sh3m');
INSERT INTO "flow_versions" VALUES('ver_01m8na8dme7rdk7x0qtcvgh2yr','prj_01m8na874e4kcqkc04w6ywpe6q','flow_01m8na8dm9ak8xq4224eetz7vf',1,'{
  "format": 1,
  "name": "Switched off",
  "triggers": [
    {
      "name": "webhook",
      "piece": "webhook",
      "trigger": "catch",
      "input": {
        "verify": {
          "scheme": "none"
        }
      }
    }
  ],
  "start": "note",
  "steps": {
    "note": {
      "type": "action",
      "piece": "data",
      "action": "compose",
      "input": {
        "value": 1
      },
      "next": null
    }
  }
}
','199a39accad1edab570b9e28e90b42ed92dd1b849185ca160bee9e66c05052bf','','2026-11-30T04:08:54.670Z','key_01m8na8cgymtepdae984z1sh3m');
CREATE TABLE flows (
	id VARCHAR NOT NULL,
	project_id VARCHAR NOT NULL,
	name VARCHAR NOT NULL,
	enabled BOOLEAN NOT NULL,
	draft VARCHAR NOT NULL,
	digest VARCHAR NOT NULL,
	revision INTEGER NOT NULL,
	published_version INTEGER,
	catalogue VARCHAR,
	created VARCHAR NOT NULL,
	updated VARCHAR NOT NULL,
	updated_by VARCHAR,
	PRIMARY KEY (id),
	FOREIGN KEY(project_id) REFERENCES projects (id)
);
INSERT INTO "flows" VALUES('flow_01m8na8d96znfs817shdrzn414','prj_01m8na874e4kcqkc04w6ywpe6q','Orders',1,'{
  "format": 1,
  "name": "Orders",
  "triggers": [
    {
      "name": "webhook",
      "piece": "webhook",
      "trigger": "catch",
      "input": {
        "verify": {
          "scheme": "github",
          "connection": "orders-signing"
        },
        "dedupe": "trigger.body.id"
      }
    }
  ],
  "start": "by_kind",
  "steps": {
    "by_kind": {
      "type": "router",
      "key": "trigger.body.kind",
      "branches": [
        {
          "name": "Paid",
          "case": [
            "paid"
          ],
          "next": "remember"
        },
        {
          "name": "Later",
          "case": [
            "later"
          ],
          "next": "wait"
        },
        {
          "name": "Broken",
          "case": [
            "broken"
          ],
          "next": "call"
        }
      ],
      "next": null
    },
    "remember": {
      "type": "action",
      "piece": "store",
      "action": "put",
      "input": {
        "key": "last order",
        "value": "{{ trigger.body.id }}"
      },
      "next": "total"
    },
    "total": {
      "type": "action",
      "piece": "data",
      "action": "compose",
      "input": {
        "value": {
          "order": "{{ trigger.body.id }}"
        }
      },
      "next": null
    },
    "wait": {
      "type": "action",
      "piece": "delay",
      "action": "delay_for",
      "input": {
        "duration": 9,
        "unit": "days"
      },
      "next": null
    },
    "call": {
      "type": "action",
      "piece": "http",
      "action": "request",
      "input": {
        "method": "GET",
        "url": "http://127.0.0.1:9/refused"
      },
      "next": null
    }
  },
  "samples": {
    "paid": {
      "body": {
        "kind": "paid",
        "id": "o-1"
      }
    }
  }
}
','6248cc37eb20cbca84044e5ed4af67c72e6c9efae1c00a0037b8d5f060f3c4a6',1,1,NULL,'2026-11-30T04:08:54.310Z','2026-11-30T04:08:54.322Z','key_01m8na8cgymtepdae984z1sh3m');
INSERT INTO "flows" VALUES('flow_01m8na8dkm0zsbs1kfk6tcnb4d','prj_01m8na874e4kcqkc04w6ywpe6q','Agents',1,'{
  "format": 1,
  "name": "Agents",
  "description": "Routes 1 of the events that Deck sends.",
  "triggers": [
    {
      "name": "webhook",
      "piece": "webhook",
      "trigger": "catch",
      "input": {
        "verify": {
          "scheme": "none"
        }
      }
    }
  ],
  "start": "by_event",
  "steps": {
    "by_event": {
      "type": "router",
      "title": "By event",
      "key": "trigger.body.type",
      "branches": [
        {
          "name": "Agent created",
          "case": [
            "agent.created"
          ],
          "next": null
        }
      ],
      "otherwise": {
        "next": null
      },
      "next": null
    }
  },
  "samples": {
    "agent.created": {
      "body": {
        "id": "evt_01jm0001x7kq2r9v",
        "object": "event",
        "type": "agent.created",
        "data": {
          "id": "agt_a1b2c3d4",
          "object": "agent",
          "name": "Invoice collector",
          "created_at": "2026-02-14T09:30:00Z",
          "updated_at": "2026-02-14T09:30:00Z"
        },
        "created_at": "2026-02-14T09:31:12Z"
      }
    }
  },
  "notes": [
    {
      "text": "Events of Deck, one branch each. Add steps to the branches you care about; test each branch with its stored sample; publish; then give this flow''s webhook address to Deck.\n\nNothing is verified: anyone who knows the address can send events.\n\nWhat no branch knows goes to “otherwise”. Remove it to see such events under Unrouted.",
      "step": "by_event"
    }
  ]
}
','1d3636dd2b704b4d6a468104ff228502c66b5edc45af1db0fa9fd52c6af351e3',1,1,'deck','2026-11-30T04:08:54.644Z','2026-11-30T04:08:54.649Z','key_01m8na8cgymtepdae984z1sh3m');
INSERT INTO "flows" VALUES('flow_01m8na8dm9ak8xq4224eetz7vf','prj_01m8na874e4kcqkc04w6ywpe6q','Switched off',0,'{
  "format": 1,
  "name": "Switched off",
  "triggers": [
    {
      "name": "webhook",
      "piece": "webhook",
      "trigger": "catch",
      "input": {
        "verify": {
          "scheme": "none"
        }
      }
    }
  ],
  "start": "note",
  "steps": {
    "note": {
      "type": "action",
      "piece": "data",
      "action": "compose",
      "input": {
        "value": 1
      },
      "next": null
    }
  }
}
','199a39accad1edab570b9e28e90b42ed92dd1b849185ca160bee9e66c05052bf',1,1,NULL,'2026-11-30T04:08:54.665Z','2026-11-30T04:08:54.681Z','key_01m8na8cgymtepdae984z1sh3m');
CREATE TABLE journal (
	run_id VARCHAR NOT NULL,
	number INTEGER NOT NULL,
	records BLOB NOT NULL,
	PRIMARY KEY (run_id, number)
);
INSERT INTO "journal" VALUES('run_01m8na8d9y49a574y7nygp9fja',0,CAST('[{"name":"by_kind","type":"router","status":"succeeded","output":{"key":"paid","branches":["Paid"]},"branch":"Paid","input":{"key":"paid"}},{"name":"remember","type":"action","status":"succeeded","piece":"store","action":"put","attempts":1,"input":{"key":"last order","value":"order paid"},"output":"order paid","ms":4.69},{"name":"total","type":"action","status":"succeeded","piece":"data","action":"compose","attempts":1,"input":{"value":{"order":"order paid"}},"output":{"order":"order paid"},"ms":0.09}]' AS BLOB));
INSERT INTO "journal" VALUES('run_01m8na8dacnshkemy5k48yse0q',0,CAST('[{"name":"by_kind","type":"router","status":"succeeded","output":{"key":"later","branches":["Later"]},"branch":"Later","input":{"key":"later"}},{"name":"wait","type":"action","status":"waiting","piece":"delay","action":"delay_for","attempts":1,"input":{"duration":9,"unit":"days"},"resume_at":1796789334.3506851,"state":{"since":"2026-11-30T04:08:54.350Z","until":"2026-12-09T04:08:54.350Z"},"ms":0.14}]' AS BLOB));
INSERT INTO "journal" VALUES('run_01m8na8dag5c5npq8bjz179t04',0,CAST('[{"name":"by_kind","type":"router","status":"succeeded","output":{"key":"broken","branches":["Broken"]},"branch":"Broken","input":{"key":"broken"}},{"name":"call","type":"action","status":"failed","piece":"http","action":"request","attempts":1,"input":{"method":"GET","url":"http://127.0.0.1:9/refused"},"ms":134.15,"error":{"kind":"EgressRefused","message":"127.0.0.1 is not a public address; SWITCHYARD_EGRESS_ALLOW names the private ones in use"},"log":[{"number":1,"started":"2026-11-30T04:08:54.354Z","ms":134.18,"error":"127.0.0.1 is not a public address; SWITCHYARD_EGRESS_ALLOW names the private ones in use"}]}]' AS BLOB));
INSERT INTO "journal" VALUES('run_01m8na8desvfeq272ags90c9sm',0,CAST('[{"name":"by_kind","type":"router","status":"succeeded","output":{"key":"unheard of","branches":[]},"input":{"key":"unheard of"}}]' AS BLOB));
INSERT INTO "journal" VALUES('run_01m8na8dgejne42h8z84xybp0g',0,CAST('[{"name":"by_kind","type":"router","status":"succeeded","output":{"key":"paid","branches":["Paid"]},"branch":"Paid","input":{"key":"paid"}},{"name":"remember","type":"action","status":"succeeded","piece":"store","action":"put","attempts":1,"input":{"key":"last order","value":"o-1"},"output":"o-1","ms":1.88},{"name":"total","type":"action","status":"succeeded","piece":"data","action":"compose","attempts":1,"input":{"value":{"order":"o-1"}},"output":{"order":"o-1"},"ms":0.07}]' AS BLOB));
CREATE TABLE members (
	project_id VARCHAR NOT NULL,
	user_id VARCHAR NOT NULL,
	role VARCHAR(6) NOT NULL,
	PRIMARY KEY (project_id, user_id),
	FOREIGN KEY(project_id) REFERENCES projects (id),
	FOREIGN KEY(user_id) REFERENCES users (id)
);
INSERT INTO "members" VALUES('prj_01m8na874e4kcqkc04w6ywpe6q','usr_01m8na87dcwxg3238twcztj926','admin');
CREATE TABLE projects (
	id VARCHAR NOT NULL,
	name VARCHAR NOT NULL,
	created VARCHAR NOT NULL,
	PRIMARY KEY (id)
);
INSERT INTO "projects" VALUES('prj_01m8na874e4kcqkc04w6ywpe6q','Default','2026-11-30T04:08:48.014Z');
CREATE TABLE run_payloads (
	run_id VARCHAR NOT NULL,
	payload BLOB NOT NULL,
	PRIMARY KEY (run_id)
);
INSERT INTO "run_payloads" VALUES('run_01m8na8d9y49a574y7nygp9fja',CAST('{"method":"POST","headers":{"host":"127.0.0.1:53135","accept":"*/*","accept-encoding":"gzip, deflate","connection":"keep-alive","user-agent":"python-httpx/0.28.1","content-type":"application/json","x-hub-signature-256":"sha256=e0178a6491e6dc4a91c7602c81f51bf5ab713da44b7c0ffab85101077bb08172","content-length":"36"},"query":{},"body":{"kind": "paid", "id": "order paid"}}' AS BLOB));
INSERT INTO "run_payloads" VALUES('run_01m8na8dacnshkemy5k48yse0q',CAST('{"method":"POST","headers":{"host":"127.0.0.1:53135","accept":"*/*","accept-encoding":"gzip, deflate","connection":"keep-alive","user-agent":"python-httpx/0.28.1","content-type":"application/json","x-hub-signature-256":"sha256=74fbf3832144052578f24d15a9b90deea9ad81858f65424cd3411fa0920dff83","content-length":"38"},"query":{},"body":{"kind": "later", "id": "order later"}}' AS BLOB));
INSERT INTO "run_payloads" VALUES('run_01m8na8dag5c5npq8bjz179t04',CAST('{"method":"POST","headers":{"host":"127.0.0.1:53135","accept":"*/*","accept-encoding":"gzip, deflate","connection":"keep-alive","user-agent":"python-httpx/0.28.1","content-type":"application/json","x-hub-signature-256":"sha256=8d39d9b49d14b5596da06970fc98d7fbca8e0a1402d3661f2e919c2ce792295e","content-length":"40"},"query":{},"body":{"kind": "broken", "id": "order broken"}}' AS BLOB));
INSERT INTO "run_payloads" VALUES('run_01m8na8desvfeq272ags90c9sm',CAST('{"method":"POST","headers":{"host":"127.0.0.1:53135","accept":"*/*","accept-encoding":"gzip, deflate","connection":"keep-alive","user-agent":"python-httpx/0.28.1","content-type":"application/json","x-hub-signature-256":"sha256=8c6c5cd2fe594abad4229957d53e1f683e729843a9c1a7b348ffccdb19dfd021","content-length":"48"},"query":{},"body":{"kind": "unheard of", "id": "order unheard of"}}' AS BLOB));
INSERT INTO "run_payloads" VALUES('run_01m8na8dgejne42h8z84xybp0g',CAST('{"method":"POST","headers":{},"query":{},"body":{"kind":"paid","id":"o-1"}}' AS BLOB));
CREATE TABLE runs (
	id VARCHAR NOT NULL,
	project_id VARCHAR NOT NULL,
	flow_id VARCHAR NOT NULL,
	version_id VARCHAR NOT NULL,
	version INTEGER NOT NULL,
	environment VARCHAR NOT NULL,
	"trigger" VARCHAR NOT NULL,
	status VARCHAR(9) NOT NULL,
	unrouted BOOLEAN NOT NULL,
	repeats BOOLEAN NOT NULL,
	warnings INTEGER NOT NULL,
	path VARCHAR NOT NULL,
	error VARCHAR,
	response VARCHAR,
	lineage VARCHAR NOT NULL,
	parent_run_id VARCHAR,
	retry_of VARCHAR,
	resume_at VARCHAR,
	active_ms INTEGER NOT NULL,
	created VARCHAR NOT NULL,
	started VARCHAR,
	finished VARCHAR,
	PRIMARY KEY (id)
);
INSERT INTO "runs" VALUES('run_01m8na8d9y49a574y7nygp9fja','prj_01m8na874e4kcqkc04w6ywpe6q','flow_01m8na8d96znfs817shdrzn414','ver_01m8na8d9hswdqrk53eg6etsae',1,'production','webhook','succeeded',0,0,0,'["by_kind:Paid","remember","total"]',NULL,NULL,'[]',NULL,NULL,NULL,4,'2026-11-30T04:08:54.334Z','2026-11-30T04:08:54.344Z','2026-11-30T04:08:54.349Z');
INSERT INTO "runs" VALUES('run_01m8na8dacnshkemy5k48yse0q','prj_01m8na874e4kcqkc04w6ywpe6q','flow_01m8na8d96znfs817shdrzn414','ver_01m8na8d9hswdqrk53eg6etsae',1,'production','webhook','waiting',0,0,0,'["by_kind:Later","wait"]',NULL,NULL,'[]',NULL,NULL,'2026-12-09T04:08:54.350Z',0,'2026-11-30T04:08:54.348Z','2026-11-30T04:08:54.350Z',NULL);
INSERT INTO "runs" VALUES('run_01m8na8dag5c5npq8bjz179t04','prj_01m8na874e4kcqkc04w6ywpe6q','flow_01m8na8d96znfs817shdrzn414','ver_01m8na8d9hswdqrk53eg6etsae',1,'production','webhook','failed',0,0,0,'["by_kind:Broken","call"]','{"step":"call","kind":"EgressRefused","message":"127.0.0.1 is not a public address; SWITCHYARD_EGRESS_ALLOW names the private ones in use"}',NULL,'[]',NULL,NULL,NULL,134,'2026-11-30T04:08:54.352Z','2026-11-30T04:08:54.354Z','2026-11-30T04:08:54.488Z');
INSERT INTO "runs" VALUES('run_01m8na8desvfeq272ags90c9sm','prj_01m8na874e4kcqkc04w6ywpe6q','flow_01m8na8d96znfs817shdrzn414','ver_01m8na8d9hswdqrk53eg6etsae',1,'production','webhook','succeeded',1,0,0,'["by_kind"]',NULL,NULL,'[]',NULL,NULL,NULL,0,'2026-11-30T04:08:54.489Z','2026-11-30T04:08:54.514Z','2026-11-30T04:08:54.514Z');
INSERT INTO "runs" VALUES('run_01m8na8dgejne42h8z84xybp0g','prj_01m8na874e4kcqkc04w6ywpe6q','flow_01m8na8d96znfs817shdrzn414','ver_01m8na8dgd4scfjcn6fqmbttq4',0,'test','webhook','succeeded',0,0,0,'["by_kind:Paid","remember","total"]',NULL,NULL,'[]',NULL,NULL,NULL,5,'2026-11-30T04:08:54.542Z','2026-11-30T04:08:54.543Z','2026-11-30T04:08:54.548Z');
CREATE TABLE sessions (
	token_hash VARCHAR NOT NULL,
	user_id VARCHAR NOT NULL,
	created VARCHAR NOT NULL,
	expires VARCHAR NOT NULL,
	ip VARCHAR NOT NULL,
	agent VARCHAR NOT NULL,
	PRIMARY KEY (token_hash),
	FOREIGN KEY(user_id) REFERENCES users (id)
);
CREATE TABLE setup_links (
	token_hash VARCHAR NOT NULL,
	user_id VARCHAR,
	expires VARCHAR NOT NULL,
	PRIMARY KEY (token_hash),
	FOREIGN KEY(user_id) REFERENCES users (id)
);
CREATE TABLE store_items (
	project_id VARCHAR NOT NULL,
	flow_id VARCHAR NOT NULL,
	"key" VARCHAR NOT NULL,
	value VARCHAR NOT NULL,
	updated VARCHAR NOT NULL,
	PRIMARY KEY (project_id, flow_id, "key")
);
INSERT INTO "store_items" VALUES('prj_01m8na874e4kcqkc04w6ywpe6q','flow_01m8na8d96znfs817shdrzn414','last order','"o-1"','2026-11-30T04:08:54.546Z');
CREATE TABLE trigger_states (
	flow_id VARCHAR NOT NULL,
	"trigger" VARCHAR NOT NULL,
	project_id VARCHAR NOT NULL,
	state VARCHAR NOT NULL,
	fired VARCHAR,
	PRIMARY KEY (flow_id, "trigger")
);
CREATE TABLE users (
	id VARCHAR NOT NULL,
	email VARCHAR NOT NULL,
	name VARCHAR NOT NULL,
	password_hash VARCHAR NOT NULL,
	platform_admin BOOLEAN NOT NULL,
	disabled BOOLEAN NOT NULL,
	created VARCHAR NOT NULL,
	last_seen VARCHAR,
	PRIMARY KEY (id),
	UNIQUE (email)
);
INSERT INTO "users" VALUES('usr_01m8na87dcwxg3238twcztj926','admin@example.com','admin','$argon2id$v=19$m=65536,t=3,p=4$TXSZvkwWOZI5BWxX5D2b8g$fvKGS3n/Z2L6h9OwB94cq+RHc4+IxRpjf55Srca2o8E',1,0,'2026-11-30T04:08:48.300Z',NULL);
CREATE INDEX runs_by_project ON runs (project_id, id);
CREATE INDEX runs_by_flow ON runs (flow_id, id);
CREATE INDEX runs_unrouted ON runs (project_id, id) WHERE unrouted;
CREATE INDEX runs_ended_badly ON runs (project_id, id) WHERE status IN ('failed', 'timed_out', 'canceled');
CREATE INDEX runs_open ON runs (status, flow_id) WHERE status IN ('queued', 'running', 'waiting');
CREATE INDEX runs_resume ON runs (resume_at) WHERE status = 'waiting';
CREATE INDEX dedupe_by_age ON dedupe (created);
CREATE INDEX events_by_project ON events (project_id, id);
CREATE INDEX events_by_action ON events (action, id);
CREATE INDEX ix_sessions_user_id ON sessions (user_id);
CREATE INDEX ix_setup_links_user_id ON setup_links (user_id);
CREATE INDEX ix_members_user_id ON members (user_id);
CREATE INDEX ix_api_keys_project_id ON api_keys (project_id);
CREATE UNIQUE INDEX connections_by_name ON connections (project_id, name);
CREATE INDEX flows_by_project ON flows (project_id, id);
CREATE UNIQUE INDEX flow_versions_by_number ON flow_versions (flow_id, number) WHERE number > 0;
CREATE UNIQUE INDEX flow_drafts_by_digest ON flow_versions (flow_id, digest) WHERE number = 0;
COMMIT;
PRAGMA user_version=1;
