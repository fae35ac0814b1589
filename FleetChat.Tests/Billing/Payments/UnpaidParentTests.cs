using FleetChat.Core.Billing.Invoices;
using FleetChat.Core.Corporate;
using FleetChat.Core.Security.Access;
using FleetChat.Core.Tenants;
using FleetChat.Tests.Billing.Invoices;

namespace FleetChat.Tests.Billing.Payments;

/// <summary>Whom a company pays for goes out of service with it, and comes back with it. Its invoice is due on 16 April 2026.</summary>
public sealed class UnpaidParentTests
{
    [Fact]
    public async Task Children_are_suspended_with_a_parent_that_does_not_pay_and_lifted_with_it()
    {
        await using var day = await PayingDay.StartAsync(hasMethod: false);
        var (north, south, asked) = (await AddChildAsync(day, "north"), await AddChildAsync(day, "south"), await AddChildAsync(day, "asked"));
        var suspend = day.Fleet.Get<SuspendTenant>();
        BillingDay.Value(await suspend.SuspendAsync(asked, "asked", BillingDay.Operator, default));
        await day.PassAsync(44);
        Assert.Equal([("active", null), ("active", null), ("suspended", "asked")], await StandingAsync(day, north, south, asked));

        await day.PassAsync(2);
        Assert.Equal([("suspended", "unpaid"), ("suspended", "parent_unpaid"), ("suspended", "parent_unpaid"), ("suspended", "asked")], await StandingAsync(day, day.Billing.Company.Id, north, south, asked));
        Assert.Contains("the company that pays for it", AccessErrors.FindRefusal("suspended", "parent_unpaid", Permission.ChangeDrivers)!.Message, StringComparison.Ordinal);
        Assert.Equal("corporate.parent_not_found", (await LinkAsync(day, (await day.Fleet.AddCompanyAsync("late")).Id)).Error?.Code);
        // Who is taken away pays for himself from now on.
        BillingDay.Value(await day.Fleet.Get<ClearParent>().HandleAsync(new(south.Value, BillingDay.Operator), default));
        Assert.Equal([("suspended", "parent_unpaid"), ("active", null)], await StandingAsync(day, north, south));

        BillingDay.Value(await day.Fleet.Get<ChangeDebt>().PayAsync(new(day.Billing.Company.Id, day.Invoice.Id, day.Invoice.TotalAmount, "bank-1", BillingDay.Operator), default));
        Assert.Null(await day.LookAsync());

        Assert.Equal([("active", null), ("active", null), ("suspended", "asked")], await StandingAsync(day, day.Billing.Company.Id, north, asked));
    }

    [Fact]
    public async Task A_child_that_has_paid_its_own_invoices_waits_for_its_parent()
    {
        await using var day = await PayingDay.StartAsync(hasMethod: false);
        var parent = (await day.Fleet.AddCompanyAsync("holding")).Id;
        var child = day.Billing.Company.Id;
        BillingDay.Value(await day.Fleet.Get<SetParent>().HandleAsync(new(child.Value, parent.Value, BillingDay.Operator), default));
        var suspend = day.Fleet.Get<SuspendTenant>();
        BillingDay.Value(await suspend.SuspendAsync(parent, "unpaid", BillingDay.Operator, default));
        Assert.Equal([("suspended", "parent_unpaid")], await StandingAsync(day, child));

        // Its own of the time before becomes the reason.
        await day.PassAsync(46);
        Assert.Equal([("suspended", "unpaid")], await StandingAsync(day, child));
        BillingDay.Value(await day.Fleet.Get<ChangeDebt>().PayAsync(new(child, day.Invoice.Id, day.Invoice.TotalAmount, "bank-1", BillingDay.Operator), default));
        Assert.Null(await day.LookAsync());
        Assert.Equal([("suspended", "parent_unpaid")], await StandingAsync(day, child));

        BillingDay.Value(await suspend.LiftAsync(parent, BillingDay.Operator, default));
        Assert.Equal([("active", null), ("active", null)], await StandingAsync(day, parent, child));
    }

    private static async Task<TenantId> AddChildAsync(PayingDay day, string name)
    {
        var child = (await day.Fleet.AddCompanyAsync(name)).Id;
        BillingDay.Value(await LinkAsync(day, child));
        return child;
    }

    private static Task<Core.Result<ParentView>> LinkAsync(PayingDay day, TenantId child)
        => day.Fleet.Get<SetParent>().HandleAsync(new(child.Value, day.Billing.Company.Id.Value, BillingDay.Operator), default);

    private static async Task<List<(string Status, string? For)>> StandingAsync(PayingDay day, params TenantId[] companies)
    {
        var standing = new List<(string, string?)>();
        foreach (var company in companies)
        {
            var text = await day.Fleet.Database.ScalarAsAdminAsync<string>($"select t.status || ' ' || coalesce(t.suspended_for, '') || ' ' || d.status from fleet.tenants t join directory.tenants d using (tenant_id) where tenant_id = '{company}'");
            var words = text.Split(' ');
            Assert.Equal(words[0], words[2]);
            standing.Add((words[0], words[1].Length > 0 ? words[1] : null));
        }
        return standing;
    }
}
