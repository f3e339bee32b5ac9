-- Lists of administrators: organisations by seat, accounts by county and by organisation.

CREATE INDEX organisations_by_seat ON organisations (place, name, id);

CREATE INDEX accounts_by_home ON accounts (home, name, id);

CREATE INDEX account_grants_by_organisation ON account_grants (organisation, account);
