.PHONY: run test check

run:  ## install and open the studio
	@bash scripts/run.sh $(ARGS)

test:  ## install and pass the tests
	@bash scripts/test.sh $(ARGS)

check:  ## style, types, imports
	@bash scripts/check.sh
