using FleetChat.Core.Billing.Invoices;
using FleetChat.Core.Billing.Payments;
using FleetChat.Core.Corporate;
using FleetChat.Core.Data;

namespace FleetChat.Core.Billing;

/// <summary>
/// What is left to be done in the books of a company that is closed for good. It is done before its data key is destroyed: without one no invoice is made, sent, charged or read any
/// more, and what it pays for others would be on no bill.
/// </summary>
public sealed class ClosingBooks(SystemDb system, CorporateMonth corporate)
{
    /// <returns>Null: nothing.</returns>
    internal async Task<Error?> FindObstacleAsync(TenantTransaction db, CancellationToken ct)
    {
        if ((await CorporateLinks.ListChildrenAsync(system, db.Tenant, ct)).Count > 0) return CorporateErrors.HasChildren;
        var books = await Books.ShareAsync(db, ct);
        if (books?.NextPeriod is not null || await corporate.HasUnbilledAsync(db.Tenant, ct)) return BillingErrors.MonthsOpen;
        return (await CollectionSql.ListOpenAsync(db, ct)).Count > 0 ? BillingErrors.InvoicesOpen : null;
    }
}
