-- {rows} snapshots of {trades} trades, one each 40 seconds from 2 February 2026 on, made past row security.
insert into price_snapshots (username, trade_id, leg_no, "timestamp", kind, mark_price, bid, ask, delta, gamma, theta,
    vega, iv, underlying, source)
select t.username, t.id, 1, timestamptz '2026-02-02 14:30Z' + (n / {trades}) * interval '40 seconds', 'INTRADAY',
    2.65, 2.60, 2.70, 0.45, 0.02, -0.09, 0.12, 0.31, 512.34, 'bench'
from generate_series(0, {rows} - 1) n
join (select row_number() over (order by id) - 1 as number, id, username from paper_trades) t
    on t.number = n % {trades};
