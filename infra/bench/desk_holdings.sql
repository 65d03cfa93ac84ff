-- Every open structure becomes the desk's: a strategy for each user, whose exits are judged and none is reached.
insert into strategies (id, username, name, type, underlying, enabled, mode, preferred_broker, entry_conditions,
    exit_conditions, sizing, max_positions)
select uuidv7(), username, 'Condors', 'iron_condor', 'T0', true, 'paper', 'tradier', '{{}}',
    '{{"profit_target_usd": 1000000, "trail_from_pct": 100, "trail_pct": 99, "stop_pct": 10000,
       "stop_usd": 1000000, "time_stop_dte": 1, "time_stop_at": "15:59", "vix_exit": true}}',
    '{{"kind": "fixed", "qty": 1}}', 1
from user_settings;
update paper_trades t set originator = 'DESK', originator_id = s.id
from strategies s where s.username = t.username;
