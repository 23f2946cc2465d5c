"""The first tables."""

import sqlalchemy as sa
from alembic import op

from gamification.database import Day, Instant


revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('idempotency',
    sa.Column('principal', sa.String(), nullable=False),
    sa.Column('operation', sa.String(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('fingerprint', sa.String(), nullable=False),
    sa.Column('outcome', sa.JSON(), nullable=False),
    sa.Column('recorded_at', Instant(), nullable=False),
    sa.PrimaryKeyConstraint('principal', 'operation', 'key', name=op.f('pk_idempotency')),
    sqlite_with_rowid=False
    )
    op.create_table('member',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('number', sa.String(), nullable=False),
    sa.Column('locale', sa.String(), nullable=False),
    sa.Column('time_zone', sa.String(), nullable=False),
    sa.Column('joined_at', Instant(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_member')),
    sa.UniqueConstraint('number', name=op.f('uq_member_number')),
    sqlite_with_rowid=False
    )
    op.create_table('store',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_store')),
    sqlite_with_rowid=False
    )
    op.create_table('account',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('member_id', sa.String(), nullable=True),
    sa.Column('balance', sa.BigInteger(), nullable=False),
    sa.Column('lifetime', sa.BigInteger(), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.CheckConstraint("kind <> 'debt' OR balance <= 0", name=op.f('ck_account_debt_not_positive')),
    sa.CheckConstraint("kind NOT IN ('available', 'pending') OR balance >= 0", name=op.f('ck_account_not_negative')),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_account_member_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_account')),
    sqlite_with_rowid=False
    )
    op.create_index(op.f('ix_account_member_id'), 'account', ['member_id'], unique=False)
    op.create_table('bucket',
    sa.Column('member_id', sa.String(), nullable=False),
    sa.Column('measure', sa.String(), nullable=False),
    sa.Column('day', Day(), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_bucket_member_id')),
    sa.PrimaryKeyConstraint('member_id', 'measure', 'day', name=op.f('pk_bucket')),
    sqlite_with_rowid=False
    )
    op.create_table('card',
    sa.Column('handle', sa.String(), nullable=False),
    sa.Column('member_id', sa.String(), nullable=False),
    sa.Column('issued_at', Instant(), nullable=False),
    sa.Column('revoked_at', Instant(), nullable=True),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_card_member_id')),
    sa.PrimaryKeyConstraint('handle', name=op.f('pk_card')),
    sqlite_with_rowid=False
    )
    op.create_index(op.f('ix_card_member_id'), 'card', ['member_id'], unique=False)
    op.create_table('consent',
    sa.Column('member_id', sa.String(), nullable=False),
    sa.Column('category', sa.String(), nullable=False),
    sa.Column('channel', sa.String(), nullable=False),
    sa.Column('granted', sa.Boolean(), nullable=False),
    sa.Column('text_version', sa.String(), nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('decided_at', Instant(), nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_consent_member_id')),
    sa.PrimaryKeyConstraint('member_id', 'category', 'channel', name=op.f('pk_consent')),
    sqlite_with_rowid=False
    )
    op.create_table('device',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('member_id', sa.String(), nullable=False),
    sa.Column('address_kind', sa.String(), nullable=False),
    sa.Column('address', sa.String(), nullable=False),
    sa.Column('platform', sa.String(), nullable=False),
    sa.Column('registered_at', Instant(), nullable=False),
    sa.CheckConstraint("address_kind IN ('token', 'fid')", name=op.f('ck_device_address_kind_known')),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_device_member_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_device')),
    sa.UniqueConstraint('address_kind', 'address', name=op.f('uq_device_address_kind_address')),
    sqlite_with_rowid=False
    )
    op.create_index(op.f('ix_device_member_id'), 'device', ['member_id'], unique=False)
    op.create_table('nudge',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('member_id', sa.String(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('rule', sa.String(), nullable=False),
    sa.Column('target_kind', sa.String(), nullable=False),
    sa.Column('target_id', sa.String(), nullable=False),
    sa.Column('params', sa.JSON(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=True),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('not_before', Instant(), nullable=False),
    sa.Column('planned_at', Instant(), nullable=False),
    sa.Column('sent_at', Instant(), nullable=True),
    sa.Column('read_at', Instant(), nullable=True),
    sa.Column('programme_version', sa.String(), nullable=False),
    sa.CheckConstraint("state IN ('planned', 'queued', 'sent', 'suppressed')", name=op.f('ck_nudge_state_known')),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_nudge_member_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_nudge')),
    sa.UniqueConstraint('member_id', 'key', name=op.f('uq_nudge_member_id_key')),
    sqlite_with_rowid=False
    )
    op.create_index('ix_nudge_waiting', 'nudge', ['not_before'], unique=False, sqlite_where=sa.text("state IN ('planned', 'queued')"), postgresql_where=sa.text("state IN ('planned', 'queued')"))
    op.create_table('participation',
    sa.Column('member_id', sa.String(), nullable=False),
    sa.Column('goal', sa.String(), nullable=False),
    sa.Column('cycle', sa.String(), nullable=False),
    sa.Column('joined_at', Instant(), nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_participation_member_id')),
    sa.PrimaryKeyConstraint('member_id', 'goal', 'cycle', name=op.f('pk_participation')),
    sqlite_with_rowid=False
    )
    op.create_table('person',
    sa.Column('member_id', sa.String(), nullable=False),
    sa.Column('subject', sa.String(), nullable=True),
    sa.Column('external_id', sa.String(), nullable=True),
    sa.Column('display_name', sa.String(), nullable=False),
    sa.Column('email', sa.String(), nullable=True),
    sa.Column('birthday', Day(), nullable=True),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_person_member_id')),
    sa.PrimaryKeyConstraint('member_id', name=op.f('pk_person')),
    sa.UniqueConstraint('external_id', name=op.f('uq_person_external_id')),
    sa.UniqueConstraint('subject', name=op.f('uq_person_subject')),
    sqlite_with_rowid=False
    )
    op.create_table('staff',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('store_id', sa.String(), nullable=False),
    sa.Column('role', sa.String(), nullable=False),
    sa.Column('label', sa.String(), nullable=False),
    sa.Column('created_at', Instant(), nullable=False),
    sa.CheckConstraint("role IN ('clerk', 'manager', 'system')", name=op.f('ck_staff_role_known')),
    sa.ForeignKeyConstraint(['store_id'], ['store.id'], name=op.f('fk_staff_store_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_staff')),
    sqlite_with_rowid=False
    )
    op.create_table('timeline',
    sa.Column('member_id', sa.String(), nullable=False),
    sa.Column('last_number', sa.BigInteger(), nullable=False),
    sa.Column('fresh_since', Instant(), nullable=True),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_timeline_member_id')),
    sa.PrimaryKeyConstraint('member_id', name=op.f('pk_timeline')),
    sqlite_with_rowid=False
    )
    op.create_index('ix_timeline_fresh', 'timeline', ['fresh_since'], unique=False, sqlite_where=sa.text('fresh_since IS NOT NULL'), postgresql_where=sa.text('fresh_since IS NOT NULL'))
    op.create_table('attention_claim',
    sa.Column('member_id', sa.String(), nullable=False),
    sa.Column('local_day', Day(), nullable=False),
    sa.Column('nudge_id', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_attention_claim_member_id')),
    sa.ForeignKeyConstraint(['nudge_id'], ['nudge.id'], name=op.f('fk_attention_claim_nudge_id')),
    sa.PrimaryKeyConstraint('member_id', 'local_day', name=op.f('pk_attention_claim')),
    sqlite_with_rowid=False
    )
    op.create_table('staff_key',
    sa.Column('key_hash', sa.String(), nullable=False),
    sa.Column('staff_id', sa.String(), nullable=False),
    sa.Column('created_at', Instant(), nullable=False),
    sa.Column('revoked_at', Instant(), nullable=True),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_staff_key_staff_id')),
    sa.PrimaryKeyConstraint('key_hash', name=op.f('pk_staff_key')),
    sqlite_with_rowid=False
    )
    op.create_index(op.f('ix_staff_key_staff_id'), 'staff_key', ['staff_id'], unique=False)
    op.create_table('visit',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('member_id', sa.String(), nullable=False),
    sa.Column('store_id', sa.String(), nullable=False),
    sa.Column('staff_id', sa.String(), nullable=False),
    sa.Column('opened_by', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=True),
    sa.Column('flags', sa.Integer(), nullable=False),
    sa.Column('opened_at', Instant(), nullable=False),
    sa.Column('expires_at', Instant(), nullable=False),
    sa.CheckConstraint("opened_by = 'scan' OR reason IS NOT NULL", name=op.f('ck_visit_look_up_has_reason')),
    sa.CheckConstraint("opened_by IN ('scan', 'look_up')", name=op.f('ck_visit_opened_by_known')),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_visit_member_id')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_visit_staff_id')),
    sa.ForeignKeyConstraint(['store_id'], ['store.id'], name=op.f('fk_visit_store_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_visit')),
    sqlite_with_rowid=False
    )
    op.create_index(op.f('ix_visit_member_id'), 'visit', ['member_id'], unique=False)
    op.create_table('activity',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('member_id', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('occurred_at', Instant(), nullable=False),
    sa.Column('recorded_at', Instant(), nullable=False),
    sa.Column('local_date', Day(), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('currency', sa.String(), nullable=False),
    sa.Column('lines', sa.JSON(), nullable=False),
    sa.Column('receipt_key', sa.String(), nullable=True),
    sa.Column('channel', sa.String(), nullable=False),
    sa.Column('store_id', sa.String(), nullable=True),
    sa.Column('staff_id', sa.String(), nullable=True),
    sa.Column('visit_id', sa.String(), nullable=True),
    sa.Column('refund_of', sa.String(), nullable=True),
    sa.Column('effects', sa.JSON(), nullable=False),
    sa.Column('faults', sa.JSON(), nullable=False),
    sa.Column('programme_version', sa.String(), nullable=False),
    sa.CheckConstraint('amount_minor >= 0', name=op.f('ck_activity_amount_not_negative')),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_activity_member_id')),
    sa.ForeignKeyConstraint(['refund_of'], ['activity.id'], name=op.f('fk_activity_refund_of')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_activity_staff_id')),
    sa.ForeignKeyConstraint(['store_id'], ['store.id'], name=op.f('fk_activity_store_id')),
    sa.ForeignKeyConstraint(['visit_id'], ['visit.id'], name=op.f('fk_activity_visit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_activity')),
    sa.UniqueConstraint('receipt_key', name=op.f('uq_activity_receipt_key')),
    sa.UniqueConstraint('refund_of', name=op.f('uq_activity_refund_of')),
    sqlite_with_rowid=False
    )
    op.create_index(op.f('ix_activity_member_id_id'), 'activity', ['member_id', 'id'], unique=False)
    op.create_table('scan',
    sa.Column('handle', sa.String(), nullable=False),
    sa.Column('nonce', sa.String(), nullable=False),
    sa.Column('visit_id', sa.String(), nullable=False),
    sa.Column('scanned_at', Instant(), nullable=False),
    sa.ForeignKeyConstraint(['handle'], ['card.handle'], name=op.f('fk_scan_handle')),
    sa.ForeignKeyConstraint(['visit_id'], ['visit.id'], name=op.f('fk_scan_visit_id')),
    sa.PrimaryKeyConstraint('handle', 'nonce', name=op.f('pk_scan')),
    sqlite_with_rowid=False
    )
    op.create_table('award',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('member_id', sa.String(), nullable=False),
    sa.Column('goal', sa.String(), nullable=False),
    sa.Column('level', sa.Integer(), nullable=False),
    sa.Column('cycle', sa.String(), nullable=False),
    sa.Column('awarded_at', Instant(), nullable=False),
    sa.Column('recorded_at', Instant(), nullable=False),
    sa.Column('activity_id', sa.String(), nullable=True),
    sa.Column('withdrawn_at', Instant(), nullable=True),
    sa.Column('programme_version', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['activity_id'], ['activity.id'], name=op.f('fk_award_activity_id')),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_award_member_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_award')),
    sqlite_with_rowid=False
    )
    op.create_index('uq_award_standing', 'award', ['member_id', 'goal', 'level', 'cycle'], unique=True, sqlite_where=sa.text('withdrawn_at IS NULL'), postgresql_where=sa.text('withdrawn_at IS NULL'))
    op.create_table('entry',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('from_account', sa.String(), nullable=False),
    sa.Column('to_account', sa.String(), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.Column('from_version', sa.BigInteger(), nullable=False),
    sa.Column('to_version', sa.BigInteger(), nullable=False),
    sa.Column('cause', sa.String(), nullable=False),
    sa.Column('rule', sa.String(), nullable=False),
    sa.Column('programme_version', sa.String(), nullable=False),
    sa.Column('activity_id', sa.String(), nullable=True),
    sa.Column('occurred_at', Instant(), nullable=False),
    sa.Column('recorded_at', Instant(), nullable=False),
    sa.CheckConstraint('amount > 0', name=op.f('ck_entry_amount_positive')),
    sa.CheckConstraint('from_account <> to_account', name=op.f('ck_entry_two_accounts')),
    sa.ForeignKeyConstraint(['activity_id'], ['activity.id'], name=op.f('fk_entry_activity_id')),
    sa.ForeignKeyConstraint(['from_account'], ['account.id'], name=op.f('fk_entry_from_account')),
    sa.ForeignKeyConstraint(['to_account'], ['account.id'], name=op.f('fk_entry_to_account')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_entry')),
    sa.UniqueConstraint('cause', name=op.f('uq_entry_cause')),
    sa.UniqueConstraint('from_account', 'from_version', name=op.f('uq_entry_from_account_from_version')),
    sa.UniqueConstraint('to_account', 'to_version', name=op.f('uq_entry_to_account_to_version')),
    sqlite_with_rowid=False
    )
    op.create_index(op.f('ix_entry_activity_id'), 'entry', ['activity_id'], unique=False)
    op.create_table('fact',
    sa.Column('member_id', sa.String(), nullable=False),
    sa.Column('number', sa.BigInteger(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('params', sa.JSON(), nullable=False),
    sa.Column('activity_id', sa.String(), nullable=True),
    sa.Column('occurred_at', Instant(), nullable=False),
    sa.Column('recorded_at', Instant(), nullable=False),
    sa.Column('programme_version', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['activity_id'], ['activity.id'], name=op.f('fk_fact_activity_id')),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_fact_member_id')),
    sa.PrimaryKeyConstraint('member_id', 'number', name=op.f('pk_fact')),
    sqlite_with_rowid=False
    )
    op.create_table('lot',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('member_id', sa.String(), nullable=False),
    sa.Column('entry_id', sa.String(), nullable=False),
    sa.Column('activity_id', sa.String(), nullable=True),
    sa.Column('original', sa.BigInteger(), nullable=False),
    sa.Column('remaining', sa.BigInteger(), nullable=False),
    sa.Column('spent', sa.BigInteger(), nullable=False),
    sa.Column('expired', sa.BigInteger(), nullable=False),
    sa.Column('earned_at', Instant(), nullable=False),
    sa.Column('expires_at', Instant(), nullable=False),
    sa.CheckConstraint('original = remaining + spent + expired', name=op.f('ck_lot_adds_up')),
    sa.CheckConstraint('original > 0', name=op.f('ck_lot_original_positive')),
    sa.CheckConstraint('remaining >= 0 AND spent >= 0 AND expired >= 0', name=op.f('ck_lot_parts_not_negative')),
    sa.ForeignKeyConstraint(['activity_id'], ['activity.id'], name=op.f('fk_lot_activity_id')),
    sa.ForeignKeyConstraint(['entry_id'], ['entry.id'], name=op.f('fk_lot_entry_id')),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_lot_member_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_lot')),
    sqlite_with_rowid=False
    )
    op.create_index(op.f('ix_lot_activity_id'), 'lot', ['activity_id'], unique=False)
    op.create_index('ix_lot_open', 'lot', ['member_id', 'expires_at'], unique=False, sqlite_where=sa.text('remaining > 0'), postgresql_where=sa.text('remaining > 0'))
    op.create_table('voucher',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('member_id', sa.String(), nullable=False),
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('reward_id', sa.String(), nullable=False),
    sa.Column('cost', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('award_id', sa.String(), nullable=True),
    sa.Column('issued_at', Instant(), nullable=False),
    sa.Column('expires_at', Instant(), nullable=False),
    sa.Column('closed_at', Instant(), nullable=True),
    sa.Column('visit_id', sa.String(), nullable=True),
    sa.Column('programme_version', sa.String(), nullable=False),
    sa.CheckConstraint("state IN ('open', 'captured', 'lapsed', 'withdrawn')", name=op.f('ck_voucher_state_known')),
    sa.CheckConstraint('cost >= 0', name=op.f('ck_voucher_cost_not_negative')),
    sa.ForeignKeyConstraint(['award_id'], ['award.id'], name=op.f('fk_voucher_award_id')),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_voucher_member_id')),
    sa.ForeignKeyConstraint(['visit_id'], ['visit.id'], name=op.f('fk_voucher_visit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_voucher')),
    sa.UniqueConstraint('code', name=op.f('uq_voucher_code')),
    sqlite_with_rowid=False
    )
    op.create_index(op.f('ix_voucher_member_id_id'), 'voucher', ['member_id', 'id'], unique=False)
    op.create_table('lot_use',
    sa.Column('entry_id', sa.String(), nullable=False),
    sa.Column('lot_id', sa.String(), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('amount <> 0', name=op.f('ck_lot_use_amount_not_zero')),
    sa.ForeignKeyConstraint(['entry_id'], ['entry.id'], name=op.f('fk_lot_use_entry_id')),
    sa.ForeignKeyConstraint(['lot_id'], ['lot.id'], name=op.f('fk_lot_use_lot_id')),
    sa.PrimaryKeyConstraint('entry_id', 'lot_id', name=op.f('pk_lot_use')),
    sqlite_with_rowid=False
    )
    op.create_index(op.f('ix_lot_use_lot_id'), 'lot_use', ['lot_id'], unique=False)
    make_append_only()


# What happened is never changed: corrections are new rows.
APPEND_ONLY = ("activity", "entry", "lot_use", "fact")


def make_append_only() -> None:
    """Refuse every UPDATE and DELETE of the append-only tables."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    if postgresql:
        op.execute(
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
        )
    for table in APPEND_ONLY:
        for action in ("UPDATE", "DELETE"):
            name = f"{table}_refuses_{action.lower()}"
            body = (
                "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
                if postgresql
                else f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
            op.execute(f"CREATE TRIGGER {name} BEFORE {action} ON {table} {body}")
